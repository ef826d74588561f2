import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import {
  Objective,
  Objectives,
  ObjectivesSummary,
} from 'backstage-plugin-database-ops-common';
import { DatabaseCatalog, ManagedDatabase, isReady } from '../databases/types';
import { Judgement, judgeObjectives } from './judgeObjectives';
import { ObjectiveFinder } from './ObjectiveFinder';
import { ObjectiveStore } from './ObjectiveStore';
import { periodOf } from './periodOf';
import { ObjectiveName, ObservedFacts } from './types';

/** Kept or missed is noted this often. */
export const OBJECTIVES_SECONDS = 60;
/** One turn may fail or be late; more is a gap in observation. */
const MAXIMUM_GAP_SECONDS = 3 * OBJECTIVES_SECONDS;
const PERIOD_DAYS = [30, 90];
const DAY_MS = 86_400_000;

/** RPO and RTO of databases: promised, claimed, proved, measured, kept. */
export class ObjectiveService {
  readonly #databases: DatabaseCatalog;
  readonly #finder: ObjectiveFinder;
  readonly #store: ObjectiveStore;
  readonly #logger: LoggerService;
  readonly #clock: () => Date;

  constructor(options: {
    readonly databases: DatabaseCatalog;
    readonly finder: ObjectiveFinder;
    readonly store: ObjectiveStore;
    readonly logger: LoggerService;
    readonly clock: () => Date;
  }) {
    this.#databases = options.databases;
    this.#finder = options.finder;
    this.#store = options.store;
    this.#logger = options.logger;
    this.#clock = options.clock;
  }

  /** Finds out and notes how every database stands; one that fails stops no other. */
  async tick(): Promise<void> {
    for (const database of this.#databases.list()) {
      try {
        await this.#observe(database);
      } catch (thrown) {
        this.#logger.warn(
          `Objectives of database '${database.id}' were not judged, the time counts as unknown: ${toError(thrown).message}`,
        );
      }
    }
    await this.#store.removeBefore(
      new Date(
        this.#clock().getTime() - (Math.max(...PERIOD_DAYS) + 1) * DAY_MS,
      ),
    );
  }

  async get(database: ManagedDatabase): Promise<Objectives> {
    const now = this.#clock();
    const judged = judge(
      database,
      await this.#store.getFacts(database.id),
      now,
    );
    return {
      databaseId: database.id,
      policyName: database.policyName,
      rpo: await this.#withHistory(database.id, 'rpo', judged.rpo, now),
      rto: await this.#withHistory(database.id, 'rto', judged.rto, now),
    };
  }

  /** Of every database, by id, with two queries. */
  async summaries(): Promise<ReadonlyMap<string, ObjectivesSummary>> {
    const now = this.#clock();
    const facts = await this.#store.listFacts();
    return new Map(
      this.#databases.list().map(database => {
        const { rpo, rto } = judge(database, facts.get(database.id), now);
        return [
          database.id,
          {
            rpoState: rpo.state,
            rtoState: rto.state,
            rpoPromisedSeconds: rpo.promisedSeconds,
            rpoClaimedSeconds: rpo.claimedSeconds,
            rpoProvedSeconds: rpo.provedSeconds,
            rtoPromisedSeconds: rto.promisedSeconds,
            rtoMeasuredSeconds: rto.measuredSeconds,
          },
        ];
      }),
    );
  }

  async #observe(database: ManagedDatabase): Promise<void> {
    if (!isReady(database)) {
      return;
    }
    const facts = await this.#finder.find(database);
    const now = this.#clock();
    await this.#store.saveFacts(database.id, facts, now);
    const judged = judge(database, { facts, observedAt: now }, now);
    for (const objective of ['rpo', 'rto'] as const) {
      await this.#store.observe({
        databaseId: database.id,
        objective,
        state: judged[objective].state,
        now,
        maximumGapSeconds: MAXIMUM_GAP_SECONDS,
      });
    }
  }

  async #withHistory(
    databaseId: string,
    name: ObjectiveName,
    judged: Judgement,
    now: Date,
  ): Promise<Objective> {
    const since = new Date(now.getTime() - Math.max(...PERIOD_DAYS) * DAY_MS);
    const intervals = await this.#store.intervals(databaseId, name, since);
    const iso = (ms: number) => new Date(ms).toISOString();
    const newest = intervals.at(-1);
    return {
      ...judged,
      periods: PERIOD_DAYS.map(days => periodOf(days, intervals, now)),
      misses: intervals
        .filter(({ state }) => state === 'missed')
        .map(interval => ({
          from: iso(interval.fromMs),
          to:
            interval === newest && judged.state === 'missed'
              ? undefined
              : iso(interval.toMs),
        }))
        .reverse(),
    };
  }
}

function judge(
  database: ManagedDatabase,
  observed: ObservedFacts | undefined,
  now: Date,
) {
  const policy = isReady(database) ? database.policy : undefined;
  return judgeObjectives(database.title, policy ?? {}, observed, now);
}
