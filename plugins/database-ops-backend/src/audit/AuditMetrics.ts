import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import {
  BatchObservableResult,
  Meter,
  ObservableGauge,
} from '@opentelemetry/api';
import { Knex } from 'knex';
import { ChainCheckStore } from './ChainCheckStore';
import { readHead } from './rows';

const METRICS = {
  verified: {
    name: 'database_ops_audit_chain_verified',
    description: '1 when the audit history is as it was written, else 0',
  },
  checkedAt: {
    name: 'database_ops_audit_chain_checked_timestamp_seconds',
    description: 'When the audit history was last verified, epoch seconds',
  },
  events: {
    name: 'database_ops_audit_events',
    description: 'Number of the newest audit event',
  },
  anchored: {
    name: 'database_ops_audit_anchored_events',
    description: 'Number of the newest audit event that an anchor covers',
  },
} as const;

type Gauges = { readonly [K in keyof typeof METRICS]: ObservableGauge };

/** What is known of the audit chain, observed when a scrape asks. */
export class AuditMetrics {
  readonly #meter: Meter;
  readonly #knex: Knex;
  readonly #checks: ChainCheckStore;
  readonly #logger: LoggerService;
  readonly #gauges: Gauges;

  constructor(options: {
    readonly meter: Meter;
    readonly knex: Knex;
    readonly checks: ChainCheckStore;
    readonly logger: LoggerService;
  }) {
    this.#meter = options.meter;
    this.#knex = options.knex;
    this.#checks = options.checks;
    this.#logger = options.logger;
    this.#gauges = Object.fromEntries(
      Object.entries(METRICS).map(([key, { name, description }]) => [
        key,
        this.#meter.createObservableGauge(name, { description }),
      ]),
    ) as Gauges;
  }

  start(): void {
    this.#meter.addBatchObservableCallback(
      this.#observe,
      Object.values(this.#gauges),
    );
  }

  stop(): void {
    this.#meter.removeBatchObservableCallback(
      this.#observe,
      Object.values(this.#gauges),
    );
  }

  readonly #observe = async (result: BatchObservableResult): Promise<void> => {
    try {
      const [check, head] = await Promise.all([
        this.#checks.read(),
        readHead(this.#knex),
      ]);
      result.observe(this.#gauges.events, head.seq);
      result.observe(this.#gauges.anchored, check.anchoredSeq ?? 0);
      if (check.checkedAt) {
        result.observe(this.#gauges.verified, check.fault ? 0 : 1);
        result.observe(
          this.#gauges.checkedAt,
          Date.parse(check.checkedAt) / 1000,
        );
      }
    } catch (thrown) {
      this.#logger.error(
        `Metrics of the audit history could not be read: ${toError(thrown).message}`,
      );
    }
  };
}
