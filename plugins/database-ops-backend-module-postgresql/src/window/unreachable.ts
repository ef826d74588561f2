import { formatInstant } from '../wal/instant';
import { Moment } from 'backstage-plugin-database-ops-common';
import { Resolution } from 'backstage-plugin-database-ops-node';
import { Claim } from './claims';
import { toMoment } from './moment';

function firstOf(claim: Claim): Moment {
  return toMoment(claim.from, claim.fromPosition, claim.timeline);
}

export function lastOf(claim: Claim): Moment {
  return claim.positionAt === undefined
    ? toMoment(claim.to, claim.toPosition, claim.timeline)
    : { time: formatInstant(claim.to), timeline: claim.timeline };
}

/** Why a moment cannot be restored, and the nearest that can: before it, after it. */
export function unreachable(
  allClaims: readonly Claim[],
  asked: number | undefined,
  extent: (claim: Claim) => { readonly from: number; readonly to: number },
  value: number,
  words: {
    readonly asked: string;
    readonly first: (moment: Moment) => string;
    readonly last: (moment: Moment) => string;
  },
): Resolution {
  const claims = allClaims.filter(
    ({ timeline }) => asked === undefined || timeline === asked,
  );
  const before = claims
    .filter(claim => extent(claim).to <= value)
    .sort((a, b) => extent(a).to - extent(b).to)
    .at(-1);
  const after = claims
    .filter(claim => extent(claim).from >= value)
    .sort((a, b) => extent(a).from - extent(b).from)
    .at(0);
  const within = claims.filter(
    claim => extent(claim).from < value && value < extent(claim).to,
  );
  let reason: string;
  if (claims.length === 0) {
    reason = 'cannot be restored: there is no backup that can be';
  } else if (within.length > 0) {
    reason = 'cannot be reached from that backup';
  } else if (!before) {
    reason = words.first(firstOf(after!));
  } else if (!after) {
    reason = words.last(lastOf(before));
  } else {
    reason = 'lies in a gap of the archive';
  }
  const nearest = [
    ...(before ? [lastOf(before)] : []),
    ...(after ? [firstOf(after)] : []),
    ...within.map(lastOf).slice(-1),
  ];
  return {
    reachable: false,
    sentence: `${words.asked} ${reason}.${nearest.length > 0 ? ` The nearest ${nearest.length > 1 ? 'moments' : 'moment'}: ${nearest.map(({ time, lsn }) => (lsn ? `${time} (${lsn})` : time)).join(' and ')}.` : ''}`,
    nearest,
  };
}
