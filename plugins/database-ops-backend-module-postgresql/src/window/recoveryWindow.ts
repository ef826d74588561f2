import {
  Moment,
  RecoveryInterval,
  RecoveryWindow,
} from 'backstage-plugin-database-ops-common';
import { Inventory } from 'backstage-plugin-database-ops-node';
import { describeMissing } from '../wal/archivedRanges';
import { formatInstant, parseInstant } from '../wal/instant';
import { Claim, claimsOf } from './claims';
import { History, Range, readHistory } from './history';
import { toMoment } from './moment';
import { lastOf } from './unreachable';

/**
 * The moments that the repository claims, by timeline: from the first backup
 * that log continues, to the last commit in log without a gap; and the gaps,
 * each with its reason. Nothing here has been proved by a restore.
 */
export function recoveryWindowOf(
  databaseId: string,
  inventory: Inventory | undefined,
): RecoveryWindow {
  if (!inventory) {
    return {
      databaseId,
      intervals: [],
      sentence: 'The repository has not been read yet.',
    };
  }
  const observedAt = inventory.followed?.observedAt ?? inventory.observedAt;
  const history = readHistory(inventory);
  const claims = claimsOf(history);
  const gaps = history.timelines.flatMap(timeline =>
    gapsOf(history, timeline, claims),
  );
  return {
    databaseId,
    intervals: [...claims.map(toInterval), ...gaps].sort(
      (a, b) =>
        (a.timeline ?? 0) - (b.timeline ?? 0) ||
        micros(a.from) - micros(b.from) ||
        micros(a.to) - micros(b.to),
    ),
    sentence: sentenceOf(inventory, claims, gaps),
    observedAt,
  };
}

function toInterval(claim: Claim): RecoveryInterval {
  const { timeline, ways } = claim;
  return {
    kind: 'claimed',
    timeline,
    from: toMoment(claim.from, claim.fromPosition, timeline),
    to: lastOf(claim),
    backupId: ways[0].start.backup.id,
  };
}

/** Archived log of a timeline that cannot be reached, and what lies between two ranges. */
function gapsOf(
  history: History,
  timeline: number,
  claims: readonly Claim[],
): readonly RecoveryInterval[] {
  const ranges = history.ranges.filter(range => range.timeline === timeline);
  const claimOf = (range: Range) => claims.find(({ end }) => end === range);
  const gaps: RecoveryInterval[] = [];
  let before = claims.some(claim => claim.timeline < timeline)
    ? forkOf(history, timeline)
    : undefined;
  let previous: Range | undefined;
  for (const range of ranges) {
    const claim = claimOf(range);
    if (before && (previous || !claim)) {
      const end = claim
        ? { time: claim.from, position: claim.fromPosition }
        : endOf(range);
      gaps.push({
        kind: 'gap',
        timeline,
        from: toMoment(before.time, before.position, timeline),
        to: toMoment(
          Math.max(end.time, before.time),
          Math.max(end.position, before.position),
          timeline,
        ),
        reason: `${
          previous
            ? describeMissing(previous.source, range.source)
            : `no backup leads to timeline ${timeline}: WAL before ${range.source.from} is missing in the archive`
        }; ${claim ? 'the next backup closes the gap' : 'only a new backup closes the gap'}.`,
      });
    }
    previous = range;
    if (claim) {
      before = { time: claim.to, position: claim.toPosition };
    } else if (before) {
      before = endOf(range);
    }
  }
  return gaps;
}

function forkOf(history: History, timeline: number) {
  const fork = history.forks.get(timeline);
  return fork?.at === undefined
    ? undefined
    : { time: fork.at, position: fork.position };
}

function endOf({ lastCommitAt, lastCommit, to, source }: Range) {
  return {
    time: lastCommitAt ?? parseInstant(source.lastAt ?? '') ?? 0,
    position: lastCommit ?? to,
  };
}

function micros({ time }: Moment): number {
  return parseInstant(time) ?? 0;
}

function sentenceOf(
  { backups }: Inventory,
  claims: readonly Claim[],
  gaps: readonly RecoveryInterval[],
): string {
  if (claims.length === 0) {
    return backups.some(({ state }) => state === 'present')
      ? 'No backup can be restored: the WAL that they need is missing in the archive. Take a full backup.'
      : 'There is no backup to restore.';
  }
  const first = Math.min(...claims.map(({ from }) => from));
  const last = Math.max(...claims.map(({ to }) => to));
  const timelines = new Set(claims.map(({ timeline }) => timeline)).size;
  return [
    first === last
      ? `Restorable to ${formatInstant(first)}`
      : `Restorable to any moment from ${formatInstant(first)} to ${formatInstant(last)}`,
    ...(timelines > 1 ? [`on ${timelines} timelines`] : []),
    ...(gaps.length > 0
      ? [`with ${gaps.length} ${gaps.length === 1 ? 'gap' : 'gaps'}`]
      : []),
  ]
    .join(', ')
    .concat('.');
}
