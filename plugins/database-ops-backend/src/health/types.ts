import { HealthReport } from 'backstage-plugin-database-ops-common';

/** The last report of a database and what its server called itself. */
export interface ObservedHealth {
  readonly report: HealthReport;
  readonly engineVersion?: string;
}

/** An observed report without its signals. */
export interface HealthSummary {
  readonly report: Pick<
    HealthReport,
    'status' | 'sentence' | 'since' | 'observedAt'
  >;
  readonly engineVersion?: string;
}

/** Last health reports, read from the table so that every replica gives the same answer. */
export interface HealthReader {
  /** `undefined` until a first check has ended. */
  getReport(databaseId: string): Promise<ObservedHealth | undefined>;
  /** Without their signals, which are most of a report. */
  listSummaries(): Promise<ReadonlyMap<string, HealthSummary>>;
  listReports(): Promise<ReadonlyMap<string, ObservedHealth>>;
}
