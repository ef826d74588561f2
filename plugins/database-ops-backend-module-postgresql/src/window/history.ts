import { Backup } from 'backstage-plugin-database-ops-common';
import {
  Inventory,
  LogContinuation,
  LogRange,
} from 'backstage-plugin-database-ops-node';
import { parseInstant } from '../wal/instant';
import { DEFAULT_SEGMENT_BYTES, parsePosition } from '../wal/segments';

/** Contiguous archived log of one timeline, in numbers. */
export interface Range {
  readonly timeline: number;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** Microseconds since 1970. */
  readonly lastCommitAt?: number;
  readonly lastCommit?: number;
  /** Later than {@link Range.lastCommitAt}, when the log was followed behind the inventory; its position is not known. */
  readonly followedTo?: number;
  readonly source: LogRange;
}

/** Where a timeline left its parent. */
export interface Fork {
  readonly timeline: number;
  readonly parent: number;
  readonly position: number;
  /** Microseconds since 1970. */
  readonly at?: number;
}

/** A backup with the positions that a restore needs. */
export interface Start {
  readonly backup: Backup;
  readonly timeline: number;
  readonly from: number;
  /** Consistent from here on. */
  readonly to: number;
  /** Microseconds since 1970; pgBackRest keeps whole seconds, so that of {@link Start.to} may lie up to a second later. */
  readonly stoppedAt: number;
}

/** What an inventory says, in numbers. */
export interface History {
  readonly ranges: readonly Range[];
  readonly forks: ReadonlyMap<number, Fork>;
  /** Present backups, in order of their ends. */
  readonly starts: readonly Start[];
  /** Every timeline that is known of, ascending; the one that the database is on comes last. */
  readonly timelines: readonly number[];
  readonly segmentBytes: number;
}

export function readHistory(inventory: Inventory): History {
  const ranges = inventory.logs.flatMap(log =>
    toRange(
      log,
      log === inventory.logs.at(-1) ? inventory.followed : undefined,
    ),
  );
  const forks = new Map(
    (inventory.branches ?? []).flatMap(branch => {
      const position = parsePosition(branch.position);
      return position === undefined
        ? []
        : [
            [
              Number(branch.branch),
              {
                timeline: Number(branch.branch),
                parent: Number(branch.parent),
                position,
                at:
                  branch.at === undefined ? undefined : parseInstant(branch.at),
              },
            ] as const,
          ];
    }),
  );
  const starts = inventory.backups
    .flatMap(toStart)
    .sort((a, b) => a.stoppedAt - b.stoppedAt || a.to - b.to);
  const timelines = new Set([
    ...ranges.map(({ timeline }) => timeline),
    ...forks.keys(),
    ...starts.map(({ timeline }) => timeline),
  ]);
  const current = Number(inventory.currentBranch);
  return {
    ranges,
    forks,
    starts,
    timelines: [...timelines].sort(
      (a, b) => Number(a === current) - Number(b === current) || a - b,
    ),
    segmentBytes:
      inventory.logs.find(({ segmentBytes }) => segmentBytes)?.segmentBytes ??
      DEFAULT_SEGMENT_BYTES,
  };
}

function toRange(
  source: LogRange,
  followed: LogContinuation | undefined,
): readonly Range[] {
  const from = parsePosition(source.fromPosition ?? '');
  const to = parsePosition(source.toPosition ?? '');
  if (from === undefined || to === undefined) {
    return [];
  }
  return [
    {
      timeline: Number(source.branch),
      from,
      to,
      lastCommitAt: parseInstant(source.lastCommitAt ?? ''),
      lastCommit: parsePosition(source.lastCommitPosition ?? ''),
      ...(followed?.branch === source.branch
        ? { followedTo: parseInstant(followed.restorableTo) }
        : {}),
      source,
    },
  ];
}

function toStart(backup: Backup): readonly Start[] {
  const from = parsePosition(backup.from?.lsn ?? '');
  const to = parsePosition(backup.to?.lsn ?? '');
  const timeline = backup.from?.timeline;
  const stoppedAt = parseInstant(backup.stoppedAt);
  return backup.state === 'present' &&
    from !== undefined &&
    to !== undefined &&
    timeline !== undefined &&
    stoppedAt !== undefined
    ? [{ backup, timeline, from, to, stoppedAt }]
    : [];
}

/** A stretch of a timeline on the way to a later one. */
interface Leg {
  readonly timeline: number;
  /** Where the next leg leaves it; infinite for the last one. */
  readonly until: number;
}

/** The timelines that lead to one, from the first on. */
function legsTo({ forks }: History, timeline: number): readonly Leg[] {
  const legs: Leg[] = [];
  let leg: Leg = { timeline, until: Infinity };
  for (;;) {
    legs.unshift(leg);
    const fork = forks.get(leg.timeline);
    // A parent has a lower number: a damaged history must not lead in circles.
    if (!fork || fork.parent >= leg.timeline) {
      return legs;
    }
    leg = {
      timeline: fork.parent,
      until: Math.min(fork.position, leg.until),
    };
  }
}

/** How recovery gets from a backup to a timeline. */
export interface Way {
  readonly start: Start;
  readonly timeline: number;
  /** The range that it ends in; its end is the last position that can be reached. */
  readonly end: Range;
}

/**
 * The way from a backup to the end of what is archived without a gap on a
 * timeline; `undefined` when log is missing before, or the timeline does not
 * come from the backup.
 */
export function wayTo(
  history: History,
  start: Start,
  timeline: number,
): Way | undefined {
  const legs = legsTo(history, timeline);
  const first = legs.findIndex(leg => leg.timeline === start.timeline);
  // Until it is consistent a backup needs its own timeline.
  if (first < 0 || legs[first].until < start.to) {
    return undefined;
  }
  let position = start.from;
  for (const leg of legs.slice(first)) {
    const range = rangeAt(history, leg.timeline, position);
    if (leg.until === Infinity) {
      return range && range.to >= start.to
        ? { start, timeline, end: range }
        : undefined;
    }
    // The segment of the fork lies on the later timeline too, as a copy.
    const needed =
      Math.floor(leg.until / history.segmentBytes) * history.segmentBytes;
    if (position < needed && !(range && range.to >= needed)) {
      return undefined;
    }
    position = Math.max(position, needed);
  }
  return undefined;
}

function rangeAt(
  { ranges }: History,
  timeline: number,
  position: number,
): Range | undefined {
  return ranges.find(
    range =>
      range.timeline === timeline &&
      range.from <= position &&
      position < range.to,
  );
}

/** Every way to a timeline, in order of the backups' ends. */
export function waysTo(history: History, timeline: number): readonly Way[] {
  return history.starts.flatMap(start => wayTo(history, start, timeline) ?? []);
}
