import { LoggerService } from '@backstage/backend-plugin-api';
import { Meter } from '@opentelemetry/api';
import { Knex } from 'knex';
import { GaugesAtScrape, Observe } from '../metrics/GaugesAtScrape';
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

type Gauge = keyof typeof METRICS;

/** What is known of the audit chain, observed when a scrape asks. */
export class AuditMetrics extends GaugesAtScrape<Gauge> {
  readonly #knex: Knex;
  readonly #checks: ChainCheckStore;

  constructor(options: {
    readonly meter: Meter;
    readonly knex: Knex;
    readonly checks: ChainCheckStore;
    readonly logger: LoggerService;
  }) {
    super({
      ...options,
      gauges: METRICS,
      unread: 'Metrics of the audit history could not be read',
    });
    this.#knex = options.knex;
    this.#checks = options.checks;
  }

  protected async observe(observe: Observe<Gauge>): Promise<void> {
    const [check, head] = await Promise.all([
      this.#checks.read(),
      readHead(this.#knex),
    ]);
    observe('events', head.seq);
    observe('anchored', check.anchoredSeq ?? 0);
    if (check.checkedAt) {
      observe('verified', check.fault ? 0 : 1);
      observe('checkedAt', Date.parse(check.checkedAt) / 1000);
    }
  }
}
