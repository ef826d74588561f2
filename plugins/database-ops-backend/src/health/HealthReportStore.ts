import { Knex } from 'knex';
import {
  HealthReport,
  HealthStatus,
  Signal,
} from 'backstage-plugin-database-ops-common';
import { readJson } from '../database/json';
import { countSignals, staleReport } from './report';
import { HealthReader, HealthSummary, ObservedHealth } from './types';

const TABLE = 'health_reports';

interface HealthReportRow {
  readonly database_id: string;
  readonly status: HealthStatus;
  readonly sentence: string;
  readonly since: string;
  readonly observed_at: string;
  readonly interval_seconds: number;
  readonly signals: string;
  readonly engine_version: string | null;
}

/** What a check found, before it is known since when. */
export interface NewHealthReport {
  readonly databaseId: string;
  readonly status: HealthStatus;
  readonly sentence: string;
  readonly observedAt: string;
  readonly intervalSeconds: number;
  readonly signals: readonly Signal[];
  readonly engineVersion?: string;
}

/** The last report of each database, shared by all replicas and kept across restarts. */
export class HealthReportStore implements HealthReader {
  readonly #knex: Knex;
  readonly #clock: () => Date;

  constructor(options: { readonly knex: Knex; readonly clock?: () => Date }) {
    this.#knex = options.knex;
    this.#clock = options.clock ?? (() => new Date());
  }

  /** Replaces a database's report; says whether status or sentence changed. */
  async save(report: NewHealthReport): Promise<{ readonly changed: boolean }> {
    return await this.#knex.transaction(async tx => {
      const previous = await tx<HealthReportRow>(TABLE)
        .where({ database_id: report.databaseId })
        .first();
      const statusHolds = previous?.status === report.status;
      await tx<HealthReportRow>(TABLE)
        .insert({
          database_id: report.databaseId,
          status: report.status,
          sentence: report.sentence,
          since: statusHolds ? previous.since : report.observedAt,
          observed_at: report.observedAt,
          interval_seconds: report.intervalSeconds,
          signals: JSON.stringify(report.signals),
          // A server that is away does not say its version: the last one stays.
          engine_version:
            report.engineVersion ?? previous?.engine_version ?? null,
        })
        .onConflict('database_id')
        .merge();
      return {
        changed: !statusHolds || previous.sentence !== report.sentence,
      };
    });
  }

  async getReport(databaseId: string): Promise<ObservedHealth | undefined> {
    const row = await this.#knex<HealthReportRow>(TABLE)
      .where({ database_id: databaseId })
      .first();
    return row && this.#toObservedHealth(row);
  }

  async listReports(): Promise<ReadonlyMap<string, ObservedHealth>> {
    const rows = await this.#knex<HealthReportRow>(TABLE).select();
    return new Map(
      rows.map(row => [row.database_id, this.#toObservedHealth(row)]),
    );
  }

  async listSummaries(): Promise<ReadonlyMap<string, HealthSummary>> {
    const rows = await this.#knex<HealthReportRow>(TABLE).select(
      'database_id',
      'status',
      'sentence',
      'since',
      'observed_at',
      'interval_seconds',
      'engine_version',
    );
    return new Map(
      rows.map(row => [
        row.database_id,
        this.#toObservedHealth({ ...row, signals: '[]' }),
      ]),
    );
  }

  #toObservedHealth(row: HealthReportRow): ObservedHealth {
    const signals = readJson<Signal[]>(row.signals);
    const report: HealthReport = {
      databaseId: row.database_id,
      status: row.status,
      sentence: row.sentence,
      since: row.since,
      observedAt: row.observed_at,
      intervalSeconds: row.interval_seconds,
      counts: countSignals(signals),
      signals,
    };
    return {
      report: staleReport(report, this.#clock()),
      ...(row.engine_version !== null && {
        engineVersion: row.engine_version,
      }),
    };
  }
}
