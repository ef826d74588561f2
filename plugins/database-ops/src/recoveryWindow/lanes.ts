import {
  Backup,
  Moment,
  RecoveryInterval,
  RecoveryWindow,
} from 'backstage-plugin-database-ops-common';

/** A stretch of moments of one kind, in epoch milliseconds. */
export interface Span {
  readonly kind: RecoveryInterval['kind'];
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason?: string;
  readonly backupId?: string;
  readonly repositoryId?: string;
  /** That repository does not answer now. */
  readonly unreachable?: boolean;
}

/** One branch of a database's history. */
export interface Lane {
  readonly id: string;
  readonly timeline?: number;
  readonly title: string;
  /** Oldest first. */
  readonly spans: readonly Span[];
}

const MINUTE_MS = 60_000;

function spanOf(interval: RecoveryInterval): Span {
  const { kind, from, to, reason, backupId, repositoryId } = interval;
  return {
    kind,
    fromMs: Date.parse(from.time),
    toMs: Date.parse(to.time),
    reason,
    backupId,
    repositoryId,
    unreachable: interval.repositoryUnreachable,
  };
}

/**
 * The branches of a window, the newest first. What several repositories hold
 * of a branch overlaps: each has a lane of its own then.
 */
export function lanesOf(window: RecoveryWindow): Lane[] {
  const inSeveral =
    new Set(window.intervals.map(({ repositoryId }) => repositoryId)).size > 1;
  const groups = new Map<string, RecoveryInterval[]>();
  for (const interval of window.intervals) {
    const { timeline = interval.to.timeline, repositoryId } = interval;
    const branch = timeline === undefined ? '' : String(timeline);
    const id = inSeveral ? `${branch} ${repositoryId ?? ''}` : branch;
    groups.set(id, [...(groups.get(id) ?? []), interval]);
  }
  const lanes = [...groups.entries()].map(([id, intervals]) => ({
    id,
    timeline: intervals[0].timeline ?? intervals[0].to.timeline,
    repositoryId: intervals[0].repositoryId,
    spans: intervals.map(spanOf).sort((a, b) => a.fromMs - b.fromMs),
  }));
  lanes.sort((a, b) => (b.timeline ?? 0) - (a.timeline ?? 0));
  const current = lanes[0]?.timeline;
  return lanes.map(({ repositoryId, ...lane }) => ({
    ...lane,
    title: [
      `Timeline ${lane.timeline ?? 'unknown'}`,
      ...(lane.timeline === current ? ['the current one'] : []),
      ...(inSeveral && repositoryId ? [`in ${repositoryId}`] : []),
    ].join(', '),
  }));
}

/** The first and the last moment that a window says anything about. */
export function extentOf(
  lanes: readonly Lane[],
): { readonly fromMs: number; readonly toMs: number } | undefined {
  const spans = lanes.flatMap(lane => lane.spans);
  return spans.length === 0
    ? undefined
    : {
        fromMs: Math.min(...spans.map(span => span.fromMs)),
        toMs: Math.max(...spans.map(span => span.toMs)),
      };
}

function reachableSpans(lane: Lane): Span[] {
  return lane.spans.filter(span => span.kind !== 'gap' && !span.unreachable);
}

/** Whether a lane's spans claim a moment. The backend decides. */
export function isClaimed(lane: Lane, ms: number): boolean {
  return reachableSpans(lane).some(
    span => span.fromMs <= ms && ms <= span.toMs,
  );
}

/** A whole second inside a span, where it holds one, as near as can be. */
function within(span: Span, ms: number): number {
  const second = Math.round(ms / 1000) * 1000;
  const first = Math.ceil(span.fromMs / 1000) * 1000;
  const last = Math.floor(span.toMs / 1000) * 1000;
  if (first > last) {
    return span.fromMs;
  }
  return Math.min(Math.max(second, first), last);
}

/** The nearest moment that a lane claims; undefined where it claims none. */
export function snap(lane: Lane, ms: number): number | undefined {
  let best: number | undefined;
  for (const span of reachableSpans(lane)) {
    const candidate = within(span, ms);
    if (best === undefined || Math.abs(candidate - ms) < Math.abs(best - ms)) {
      best = candidate;
    }
  }
  return best;
}

/**
 * So much later (or earlier); over a gap to its other side, and not beyond the
 * lane's ends.
 */
export function step(lane: Lane, ms: number, byMs: number): number {
  const wanted = ms + byMs;
  if (isClaimed(lane, wanted)) {
    return wanted;
  }
  const spans = reachableSpans(lane);
  const beyond =
    byMs > 0
      ? spans.filter(span => span.fromMs > ms)
      : spans.filter(span => span.toMs < ms).reverse();
  if (beyond[0]) {
    return within(
      beyond[0],
      Math.max(Math.min(wanted, beyond[0].toMs), beyond[0].fromMs),
    );
  }
  return snap(lane, wanted) ?? ms;
}

/** The branch that a moment belongs to. */
export function laneOfMoment(
  lanes: readonly Lane[],
  moment: Moment | undefined,
): Lane | undefined {
  const branch = lanes.filter(({ timeline }) => timeline === moment?.timeline);
  return moment
    ? (branch.find(lane => isClaimed(lane, Date.parse(moment.time))) ??
        branch[0])
    : undefined;
}

/** Where a backup stands on the time line. */
export function markMs(backup: Backup): number {
  return Date.parse(backup.to?.time ?? backup.stoppedAt);
}

export interface Tick {
  readonly ms: number;
  readonly label: string;
}

const DAY_SECONDS = 86_400;

const TICK_STEPS_MS = [
  1,
  5,
  10,
  30,
  60,
  300,
  600,
  1800,
  3600,
  3 * 3600,
  6 * 3600,
  12 * 3600,
  ...[1, 2, 3, 7, 14, 30, 90, 365].map(days => days * DAY_SECONDS),
].map(seconds => seconds * 1000);

const MOST_TICKS = 8;

/** Round moments of UTC between two others, at most eight. */
export function ticksOf(fromMs: number, toMs: number): Tick[] {
  const span = toMs - fromMs;
  const stepMs =
    TICK_STEPS_MS.find(candidate => span / candidate <= MOST_TICKS) ??
    TICK_STEPS_MS[TICK_STEPS_MS.length - 1];
  const ticks: Tick[] = [];
  for (let ms = Math.ceil(fromMs / stepMs) * stepMs; ms <= toMs; ms += stepMs) {
    ticks.push({ ms, label: tickLabel(ms, stepMs) });
  }
  return ticks;
}

function tickLabel(ms: number, stepMs: number): string {
  const iso = new Date(ms).toISOString();
  if (stepMs >= DAY_SECONDS * 1000) {
    return new Date(ms).toLocaleDateString('en-GB', {
      day: 'numeric',
      month: 'short',
      timeZone: 'UTC',
    });
  }
  return stepMs >= MINUTE_MS ? iso.slice(11, 16) : iso.slice(11, 19);
}
