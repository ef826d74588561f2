import { History, Range, Start, Way, waysTo } from './history';

/** A second, in microseconds. */
const SECOND = 1_000_000;

/** What can be restored of one timeline without a gap. */
export interface Claim {
  readonly timeline: number;
  readonly end: Range;
  /** Ways into it, in order of the backups' ends; at least one. */
  readonly ways: readonly Way[];
  /** Microseconds since 1970: the first moment, and the position there. */
  readonly from: number;
  readonly fromPosition: number;
  /** The last commit; {@link Claim.from} when nothing was committed since, or nobody knows. */
  readonly to: number;
  readonly toPosition: number;
  /** The moment of {@link Claim.toPosition}, where {@link Claim.to} is a later one: the log was followed behind the inventory. */
  readonly positionAt?: number;
}

/** A backup's end is known to the second: a time is surely behind it a second later. */
export function firstSecondOf({ stoppedAt }: Start): number {
  return stoppedAt + SECOND;
}

/** Everything that can be restored, by timeline and position. */
export function claimsOf(history: History): readonly Claim[] {
  return history.timelines.flatMap(timeline => {
    const byEnd = new Map<Range, Way[]>();
    for (const way of waysTo(history, timeline)) {
      byEnd.set(way.end, [...(byEnd.get(way.end) ?? []), way]);
    }
    return [...byEnd].flatMap(([end, ways]) =>
      toClaim(history, end, ways).map(followed),
    );
  });
}

/** By time the log was followed further than its positions are known. */
function followed(claim: Claim): Claim {
  const { followedTo } = claim.end;
  const sure = firstSecondOf(claim.ways[0].start);
  if (followedTo === undefined || followedTo <= claim.to || followedTo < sure) {
    return claim;
  }
  return {
    ...claim,
    from: Math.max(claim.from, sure),
    to: followedTo,
    positionAt: claim.to,
  };
}

/** As far as positions are known. */
export function byPosition({ positionAt, ...claim }: Claim): Claim {
  const to = positionAt ?? claim.to;
  return { ...claim, from: Math.min(claim.from, to), to };
}

function toClaim(
  history: History,
  end: Range,
  ways: readonly Way[],
): readonly Claim[] {
  const [{ start, timeline }] = ways;
  const { lastCommitAt, lastCommit } = end;
  const base = { timeline, end, ways };
  const last =
    lastCommitAt !== undefined &&
    lastCommit !== undefined &&
    lastCommit >= start.to
      ? { to: lastCommitAt, toPosition: lastCommit }
      : undefined;
  if (start.timeline === timeline) {
    const from = firstSecondOf(start);
    const fromPosition = start.to;
    if (!last) {
      const { stoppedAt } = start;
      return [
        {
          ...base,
          from: stoppedAt,
          fromPosition,
          to: stoppedAt,
          toPosition: fromPosition,
        },
      ];
    }
    // Commits of the second in which the backup ended are told apart by position alone: by time only the last is sure.
    return [{ ...base, from: Math.min(from, last.to), fromPosition, ...last }];
  }
  if (!last) {
    // Nothing was committed on it yet: it is told by a backup that was taken on it.
    const own = ways.filter(way => way.start.timeline === timeline);
    return own.length > 0 ? toClaim(history, end, own) : [];
  }
  // From another timeline recovery arrives at the fork; what lies before it is told with that one.
  const arrival = arrivalOn(history, timeline);
  const from = Math.max(arrival?.at ?? 0, firstSecondOf(start));
  const fromPosition = Math.max(arrival?.position ?? 0, start.to);
  // Where nothing was committed since, it is as it was at the fork.
  return [
    {
      ...base,
      from: Math.min(from, last.to),
      fromPosition: Math.min(fromPosition, last.toPosition),
      ...last,
    },
  ];
}

/**
 * Where a timeline's own moments begin. A failover leaves the parent's last
 * segment unfinished: its commits are archived with the new timeline only.
 */
function arrivalOn(
  { forks, ranges, segmentBytes }: History,
  timeline: number,
): { readonly at?: number; readonly position: number } | undefined {
  const fork = forks.get(timeline);
  if (!fork) {
    return undefined;
  }
  const last = ranges.find(
    range =>
      range.timeline === fork.parent &&
      range.to <= fork.position &&
      range.to + segmentBytes > fork.position,
  );
  return last?.lastCommitAt !== undefined &&
    last.lastCommit !== undefined &&
    last.lastCommitAt < (fork.at ?? Infinity)
    ? { at: last.lastCommitAt, position: last.lastCommit }
    : fork;
}
