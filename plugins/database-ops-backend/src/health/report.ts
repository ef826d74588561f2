import {
  HealthReport,
  HealthReportCounts,
  Signal,
  describeAge,
  describeSeconds,
} from 'backstage-plugin-database-ops-common';

/** One missed check is chance, three in a row mean that nobody checks. */
const STALE_AFTER_INTERVALS = 3;

export function countSignals(signals: readonly Signal[]): HealthReportCounts {
  const counts: HealthReportCounts = {
    ok: 0,
    warning: 0,
    critical: 0,
    unknown: 0,
  };
  for (const signal of signals) {
    counts[signal.status] += 1;
  }
  return counts;
}

/** A report too old to be believed says so: its status is `unknown`, its signals stay as they were. */
export function staleReport(report: HealthReport, now: Date): HealthReport {
  const ageSeconds = (now.getTime() - Date.parse(report.observedAt)) / 1000;
  const staleAfterSeconds = STALE_AFTER_INTERVALS * report.intervalSeconds;
  if (ageSeconds <= staleAfterSeconds) {
    return report;
  }
  return {
    ...report,
    status: 'unknown',
    sentence: `Checked ${describeAge(ageSeconds)} ago, should be every ${describeSeconds(report.intervalSeconds)}. Then: ${report.sentence}`,
    since: new Date(
      Date.parse(report.observedAt) + staleAfterSeconds * 1000,
    ).toISOString(),
  };
}
