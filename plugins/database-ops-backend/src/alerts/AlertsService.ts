import { toError } from '@backstage/errors';
import { Alert, AlertList } from 'backstage-plugin-database-ops-common';
import { AlertmanagerClient } from './AlertmanagerClient';
import { AlertsReader } from './types';

const CACHE_SECONDS = 10;

/** Older alerts are history: they are not shown as the last ones known. */
const STALE_FOR_SECONDS = 15 * 60;

interface Answer {
  readonly alerts: ReadonlyMap<string, readonly Alert[]>;
  readonly observedAtMs: number;
}

interface Outcome {
  readonly answer?: Answer;
  /** Why the answer is not that of now. */
  readonly reason?: string;
}

/**
 * Firing alerts by database. Asks Alertmanager at most every ten seconds, and
 * says so when what it tells is old or not known.
 */
export class AlertsService implements AlertsReader {
  readonly #client: AlertmanagerClient | undefined;
  readonly #clock: () => Date;
  #last: Answer | undefined;
  #current:
    | { readonly outcome: Promise<Outcome>; readonly askedAtMs: number }
    | undefined;

  constructor(options: {
    /** Absent when no Alertmanager is configured. */
    readonly client?: AlertmanagerClient;
    readonly clock?: () => Date;
  }) {
    this.#client = options.client;
    this.#clock = options.clock ?? (() => new Date());
  }

  async getAlerts(databaseId: string): Promise<AlertList> {
    if (!this.#client) {
      return {
        state: 'not-configured',
        reason:
          'No Alertmanager is configured; set databaseOps.alertmanager.url.',
        items: [],
      };
    }
    const { answer, reason } = await this.#ask(this.#client);
    if (!answer) {
      return { state: 'unknown', reason, items: [] };
    }
    return {
      state: reason === undefined ? 'current' : 'stale',
      ...(reason !== undefined && { reason }),
      observedAt: new Date(answer.observedAtMs).toISOString(),
      items: [...(answer.alerts.get(databaseId) ?? [])],
    };
  }

  async countByDatabase(): Promise<ReadonlyMap<string, number> | undefined> {
    if (!this.#client) {
      return undefined;
    }
    const { answer, reason } = await this.#ask(this.#client);
    if (!answer || reason !== undefined) {
      return undefined;
    }
    return new Map(
      [...answer.alerts].map(([databaseId, alerts]) => [
        databaseId,
        alerts.filter(alert => alert.state === 'active').length,
      ]),
    );
  }

  /** Callers within ten seconds share one request and its outcome, a failure too. */
  #ask(client: AlertmanagerClient): Promise<Outcome> {
    const nowMs = this.#clock().getTime();
    if (
      !this.#current ||
      nowMs - this.#current.askedAtMs >= CACHE_SECONDS * 1000
    ) {
      this.#current = { outcome: this.#fetch(client), askedAtMs: nowMs };
    }
    return this.#current.outcome;
  }

  async #fetch(client: AlertmanagerClient): Promise<Outcome> {
    try {
      const alerts = await client.getAlerts();
      this.#last = { alerts, observedAtMs: this.#clock().getTime() };
      return { answer: this.#last };
    } catch (thrown) {
      const reason = toError(thrown).message;
      const oldestMs = this.#clock().getTime() - STALE_FOR_SECONDS * 1000;
      return this.#last && this.#last.observedAtMs >= oldestMs
        ? { answer: this.#last, reason }
        : { reason };
    }
  }
}
