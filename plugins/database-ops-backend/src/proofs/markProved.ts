import {
  Backup,
  Moment,
  Proof,
  RecoveryInterval,
} from 'backstage-plugin-database-ops-common';
import { DEPTHS_WITHOUT_RESTORE } from './depths';

interface Stretch {
  readonly from: Moment;
  readonly to: Moment;
}

const at = ({ time }: Moment) => Date.parse(time);

/**
 * The intervals with what restores proved set apart from what the repository
 * claims. A proof restored its moment from its backup through all log between:
 * every moment from that backup's end to its own is proved, for each needs
 * less of the same log. Gaps stay gaps, whatever was proved before.
 */
export function markProved(
  intervals: readonly RecoveryInterval[],
  proofs: readonly Proof[],
  backups: readonly Backup[],
): RecoveryInterval[] {
  const ends = new Map(backups.map(({ id, to }) => [id, to] as const));
  return intervals.flatMap(interval =>
    interval.kind === 'claimed'
      ? split(
          interval,
          proofs.flatMap(proof => stretchIn(interval, proof, ends)),
        )
      : [interval],
  );
}

function stretchIn(
  interval: RecoveryInterval,
  { state, depth, moment, backupId }: Proof,
  ends: ReadonlyMap<string, Moment | undefined>,
): readonly Stretch[] {
  const start = backupId === undefined ? undefined : ends.get(backupId);
  if (
    state !== 'proved' ||
    DEPTHS_WITHOUT_RESTORE.includes(depth) ||
    !moment ||
    !start
  ) {
    return [];
  }
  const elsewhere =
    interval.timeline !== undefined &&
    moment.timeline !== undefined &&
    moment.timeline !== interval.timeline;
  if (elsewhere || !leadsInto(interval, start, ends)) {
    return [];
  }
  const from = at(start) > at(interval.from) ? start : interval.from;
  const to = at(moment) < at(interval.to) ? moment : interval.to;
  const isOneMoment = at(interval.from) === at(interval.to);
  return at(from) < at(to) || (isOneMoment && at(from) === at(to))
    ? [{ from, to }]
    : [];
}

/**
 * Whether log still joins a backup's end with an interval. Its own backup is the
 * first that does; it may end before the interval's first moment, where ends
 * are known to the second only. Between an earlier one and it, log is missing.
 */
function leadsInto(
  { backupId, timeline, from }: RecoveryInterval,
  start: Moment,
  ends: ReadonlyMap<string, Moment | undefined>,
): boolean {
  const first = backupId === undefined ? undefined : ends.get(backupId);
  return first
    ? at(start) >= at(first)
    : at(start) >= at(from) || start.timeline !== timeline;
}

function split(
  interval: RecoveryInterval,
  stretches: readonly Stretch[],
): RecoveryInterval[] {
  const parts: RecoveryInterval[] = [];
  let reached = interval.from;
  for (const { from, to } of merged(stretches)) {
    if (at(from) > at(reached)) {
      parts.push({ ...interval, from: reached, to: from });
    }
    parts.push({ ...interval, kind: 'proved', from, to });
    reached = to;
  }
  return parts.length === 0 || at(reached) < at(interval.to)
    ? [...parts, { ...interval, from: reached }]
    : parts;
}

function merged(stretches: readonly Stretch[]): readonly Stretch[] {
  const result: Stretch[] = [];
  for (const next of [...stretches].sort((a, b) => at(a.from) - at(b.from))) {
    const last = result.at(-1);
    if (last && at(next.from) <= at(last.to)) {
      result[result.length - 1] = {
        from: last.from,
        to: at(next.to) > at(last.to) ? next.to : last.to,
      };
    } else {
      result.push(next);
    }
  }
  return result;
}
