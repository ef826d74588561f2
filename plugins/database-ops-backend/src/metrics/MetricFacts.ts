import { Freshness } from 'backstage-plugin-database-ops-common';
import { DatabaseCatalog } from '../databases/types';
import { FreshnessReader } from '../freshness/types';
import { HealthReader, ObservedHealth } from '../health/types';
import { OperationCount, OperationCounter } from '../monitoring/types';
import { Heartbeats } from './Heartbeats';
import { OperationOutcome } from './operationOutcomes';

/** Scrapers that come at the same time share one reading. */
const CACHE_SECONDS = 4;

/** Everything that one scrape tells. */
export interface MetricFacts {
  readonly databaseIds: readonly string[];
  readonly reports: ReadonlyMap<string, ObservedHealth>;
  readonly freshness: ReadonlyMap<string, Freshness>;
  readonly operations: readonly OperationCount[];
  readonly outcomes: readonly OperationOutcome[];
  readonly heartbeats: ReadonlyMap<string, Date>;
}

/** Reads {@link MetricFacts}, one query a fact, at most every few seconds. */
export class FactsReader {
  readonly #sources: {
    readonly databases: DatabaseCatalog;
    readonly health: HealthReader;
    readonly freshness: FreshnessReader;
    readonly operations: OperationCounter;
    readonly outcomes: () => Promise<readonly OperationOutcome[]>;
    readonly heartbeats: Heartbeats;
  };
  readonly #clock: () => Date;
  #last:
    | { readonly facts: Promise<MetricFacts>; readonly readAtMs: number }
    | undefined;

  constructor(options: {
    readonly databases: DatabaseCatalog;
    readonly health: HealthReader;
    readonly freshness: FreshnessReader;
    readonly operations: OperationCounter;
    readonly outcomes: () => Promise<readonly OperationOutcome[]>;
    readonly heartbeats: Heartbeats;
    readonly clock?: () => Date;
  }) {
    const { clock, ...sources } = options;
    this.#sources = sources;
    this.#clock = clock ?? (() => new Date());
  }

  read(): Promise<MetricFacts> {
    const nowMs = this.#clock().getTime();
    if (!this.#last || nowMs - this.#last.readAtMs >= CACHE_SECONDS * 1000) {
      this.#last = { facts: this.#readNow(), readAtMs: nowMs };
    }
    return this.#last.facts;
  }

  async #readNow(): Promise<MetricFacts> {
    const { databases, health, freshness, operations, outcomes, heartbeats } =
      this.#sources;
    const [reports, fresh, counts, ended, beats] = await Promise.all([
      health.listReports(),
      freshness.listFreshness(),
      operations.countByState(),
      outcomes(),
      heartbeats.list(),
    ]);
    return {
      databaseIds: databases.list().map(database => database.id),
      reports,
      freshness: fresh,
      operations: counts,
      outcomes: ended,
      heartbeats: beats,
    };
  }
}
