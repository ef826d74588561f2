import {
  HealthReport,
  Signal,
  SignalStatus,
} from 'backstage-plugin-database-ops-common';
import { secondsSince } from '../time/format';

const SEVERITY: Record<SignalStatus, number> = {
  critical: 0,
  warning: 1,
  unknown: 2,
  ok: 3,
};

/** Intervals that may pass without a report before the last one counts as stale. */
const STALE_AFTER_INTERVALS = 3;

/** Signals with the worst first, otherwise in the engine's order. */
export function worstFirst(signals: readonly Signal[]): Signal[] {
  return [...signals].sort(
    (a, b) =>
      Number(b.down ?? false) - Number(a.down ?? false) ||
      SEVERITY[a.status] - SEVERITY[b.status],
  );
}

/** Whether a report is older than reports are due. */
export function isStale(report: HealthReport, now: number): boolean {
  return (
    secondsSince(report.observedAt, now) >
    report.intervalSeconds * STALE_AFTER_INTERVALS
  );
}

/** For example "19 ok · 1 warning · 0 unknown"; critical only where there is one. */
export function countsSentence(counts: HealthReport['counts']): string {
  return [
    `${counts.ok} ok`,
    counts.critical > 0 ? `${counts.critical} critical` : undefined,
    `${counts.warning} warning`,
    `${counts.unknown} unknown`,
  ]
    .filter(Boolean)
    .join(' · ');
}
