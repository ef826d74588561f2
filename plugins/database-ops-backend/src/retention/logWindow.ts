/*
 * "Any second of the last 30 days": which full backups that takes, given where
 * the log is whole.
 */
import { Chains } from './Chains';
import { periodOf, WEEK } from './periods';
import {
  ChainedBackup,
  LogStretch,
  NewestBranch,
  RetentionRules,
} from './types';

/** What a window asks of full backups. */
export interface LogWindow {
  /** Full backups from which every second that the log reaches is restored, oldest first. */
  readonly bases: readonly ChainedBackup[];
  /** Whether the log leads from a base to the end of this backup. */
  readonly carries: (backup: ChainedBackup) => boolean;
}

/**
 * In each stretch of whole log: the newest full that ended before the window
 * began, or the oldest there is, and, where fulls are thinned, the first of
 * each week after it. The first and not the last, so that what was chosen
 * once stays chosen, and the log never has to reach back more than a week
 * further than the window.
 */
export function logWindowOf(options: {
  readonly chains: Chains;
  readonly logs: readonly LogStretch[];
  readonly rules: RetentionRules;
  readonly cutoffMs: number;
  readonly newestBranch?: NewestBranch;
}): LogWindow {
  const { chains, rules, cutoffMs, newestBranch } = options;
  const fulls = chains.all.filter(
    backup =>
      chains.isFull(backup) &&
      chains.isWhole(backup) &&
      (newestBranch?.backupIds.has(backup.id) ?? true),
  );
  const found = joined(options.logs)
    .filter(stretch => stretch.toMs > cutoffMs)
    .map(stretch => {
      const inside = fulls.filter(full => isInside(full, stretch));
      const steps = rules.fulls ? firstOfEachWeek(inside, rules) : inside;
      const before = steps.filter(full => endMs(full) <= cutoffMs).at(-1);
      const first = before ?? steps[0];
      return first
        ? {
            stretch,
            first,
            bases: rules.fulls
              ? steps.filter(step => endMs(step) >= endMs(first))
              : [first],
          }
        : undefined;
    })
    .filter(entry => entry !== undefined);
  return {
    bases: found.flatMap(({ bases }) => bases),
    carries: backup =>
      found.some(
        ({ stretch, first }) =>
          endMs(backup) >= endMs(first) && isInside(backup, stretch),
      ),
  };
}

interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** In order of time, with those that touch made one. */
function joined(logs: readonly LogStretch[]): readonly Stretch[] {
  const sorted = logs
    .map(({ from, to }) => ({ fromMs: Date.parse(from), toMs: Date.parse(to) }))
    .toSorted((a, b) => a.fromMs - b.fromMs);
  const result: Stretch[] = [];
  for (const next of sorted) {
    const last = result.at(-1);
    if (last && next.fromMs <= last.toMs) {
      result[result.length - 1] = {
        fromMs: last.fromMs,
        toMs: Math.max(last.toMs, next.toMs),
      };
    } else {
      result.push(next);
    }
  }
  return result;
}

function isInside(
  { startedAt, stoppedAt }: ChainedBackup,
  { fromMs, toMs }: Stretch,
): boolean {
  return Date.parse(startedAt) >= fromMs && Date.parse(stoppedAt) <= toMs;
}

function endMs({ stoppedAt }: ChainedBackup): number {
  return Date.parse(stoppedAt);
}

function firstOfEachWeek(
  fulls: readonly ChainedBackup[],
  rules: RetentionRules,
): readonly ChainedBackup[] {
  const weeks = new Set<string>();
  return fulls.filter(({ stoppedAt }) => {
    const week = periodOf(stoppedAt, WEEK, rules);
    const isFirst = !weeks.has(week);
    weeks.add(week);
    return isFirst;
  });
}
