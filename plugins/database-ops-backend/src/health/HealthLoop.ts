import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import {
  DatabaseOpsSignal,
  Freshness,
  Signal,
} from 'backstage-plugin-database-ops-common';
import {
  HealthFindings,
  healthStatusOf,
  signalOf,
} from 'backstage-plugin-database-ops-node';
import {
  DatabaseCatalog,
  isReady,
  ManagedDatabase,
  ReadyDatabase,
} from '../databases/types';
import { backupAgeSignal } from '../freshness/backupAgeSignal';
import { restorableSentence } from '../freshness/restorableSentence';
import { FreshnessReader } from '../freshness/types';
import { Heartbeats } from '../metrics/Heartbeats';
import { SignalSource } from '../monitoring/types';
import { carriedOver, comparedAgain } from './baselines';
import { HealthCheckTurns } from './HealthCheckTurns';
import { HealthEventSink } from './HealthEvents';
import { HealthReportStore, NewHealthReport } from './HealthReportStore';
import { LogFollower } from './LogFollower';
import { Observers } from './Observers';
import {
  ReachableNotes,
  repositorySignalsOf,
  silentIn,
} from './repositorySignals';
import { RepositoryProbe } from './RepositoryProbe';

/** What {@link HealthLoop} needs. */
export interface HealthLoopOptions {
  readonly databases: DatabaseCatalog;
  readonly turns: HealthCheckTurns;
  readonly reports: HealthReportStore;
  readonly observers: Observers;
  readonly events: HealthEventSink;
  readonly repositories: RepositoryProbe;
  readonly reachable: ReachableNotes;
  /** Moves recovery windows between inventories. */
  readonly logs?: Pick<LogFollower, 'follow'>;
  readonly freshness: FreshnessReader;
  readonly signalSources: readonly SignalSource[];
  readonly heartbeats: Heartbeats;
  readonly publish: (signal: DatabaseOpsSignal) => void;
  readonly logger: LoggerService;
  readonly intervalSeconds: number;
  /** Databases checked at a time by this replica. */
  readonly concurrency: number;
  readonly clock?: () => Date;
}

/** A database that is ours to check. */
interface Turn {
  readonly database: ManagedDatabase;
  readonly claimedAt: Date;
}

/**
 * Checks every database once an interval. A database that is slow delays
 * nobody's next check but its own.
 */
export class HealthLoop {
  readonly #options: HealthLoopOptions;
  readonly #clock: () => Date;
  readonly #running = new Set<Promise<void>>();
  readonly #checking = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: HealthLoopOptions) {
    this.#options = options;
    this.#clock = options.clock ?? (() => new Date());
  }

  start(): void {
    this.#scheduleTick(0);
  }

  /** Ends the loop and waits for checks that are under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await Promise.race([
      Promise.all(this.#running),
      // A check has a time-out of its own; a shutdown does not wait for it.
      new Promise(resolve => {
        setTimeout(resolve, 3000).unref();
      }),
    ]);
    await this.#options.observers.close();
    await this.#options.repositories.close();
  }

  /**
   * Starts the checks that are due as far as there is room; resolves when they
   * are started. Each that ends makes room for the next.
   */
  async tick(): Promise<void> {
    const { heartbeats, concurrency } = this.#options;
    const turns = await this.#claim(concurrency - this.#running.size);
    await heartbeats.beat('health');
    for (const turn of turns) {
      const running: Promise<void> = this.#takeTurns(turn).finally(() =>
        this.#running.delete(running),
      );
      this.#running.add(running);
    }
  }

  /**
   * Claims no more than can start now: a lease counts from its claim, and what
   * waited here past it would be claimed, and queued, again and again.
   */
  async #claim(limit: number): Promise<readonly Turn[]> {
    const { databases, turns } = this.#options;
    const claimedAt = this.#clock();
    const known = new Map(
      databases
        .list()
        .filter(({ id }) => !this.#checking.has(id))
        .map(database => [database.id, database]),
    );
    const claimed = await turns.claimDue([...known.keys()], claimedAt, limit);
    return claimed.flatMap(id => {
      const database = known.get(id);
      return database ? [{ database, claimedAt }] : [];
    });
  }

  /** Checks one database after the other until none is due. */
  async #takeTurns(first: Turn): Promise<void> {
    let turn: Turn | undefined = first;
    while (turn && !this.#stopped) {
      const { id } = turn.database;
      this.#checking.add(id);
      await this.#takeTurn(turn);
      this.#checking.delete(id);
      turn = await this.#nextTurn();
    }
  }

  async #nextTurn(): Promise<Turn | undefined> {
    if (this.#stopped) {
      return undefined;
    }
    try {
      const [next] = await this.#claim(1);
      return next;
    } catch (thrown) {
      this.#options.logger.warn(
        `The next health check waits for the next round: ${toError(thrown).message}`,
      );
      return undefined;
    }
  }

  /** Resolves when no check is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  #scheduleTick(delaySeconds: number): void {
    this.#timer = setTimeout(async () => {
      try {
        await this.tick();
      } catch (thrown) {
        this.#options.logger.error(
          `Health checks could not be started: ${toError(thrown).message}`,
        );
      }
      if (!this.#stopped) {
        this.#scheduleTick(this.#tickSeconds());
      }
    }, delaySeconds * 1000);
    this.#timer.unref();
  }

  /** Short against the interval, so that replicas share the work evenly and a start is punctual. */
  #tickSeconds(): number {
    return Math.min(2, this.#options.intervalSeconds / 6);
  }

  async #takeTurn({ database, claimedAt }: Turn): Promise<void> {
    const { reports, turns, publish, logger, intervalSeconds } = this.#options;
    try {
      const { changed } = await reports.save(await this.#check(database));
      if (changed) {
        publish({ type: 'health', databaseId: database.id });
      }
    } catch (thrown) {
      logger.error(
        `The health report of '${database.id}' could not be kept: ${toError(thrown).message}`,
      );
    }
    if (isReady(database)) {
      await this.#options.logs?.follow(database);
    }
    try {
      await turns.release(
        database.id,
        new Date(claimedAt.getTime() + intervalSeconds * 1000),
      );
    } catch (thrown) {
      logger.warn(
        `The turn to check '${database.id}' could not be given back and ends by itself: ${toError(thrown).message}`,
      );
    }
  }

  async #check(database: ManagedDatabase): Promise<NewHealthReport> {
    const { intervalSeconds } = this.#options;
    if (!isReady(database)) {
      const { path, message } = database.quarantine;
      return {
        databaseId: database.id,
        status: 'unknown',
        sentence: `Configuration is wrong at ${path}: ${message}`,
        observedAt: this.#clock().toISOString(),
        intervalSeconds,
        signals: carriedOver(
          (await this.#options.reports.getReport(database.id))?.report.signals,
        ),
      };
    }
    const ofRepositories = repositorySignalsOf(database, {
      probe: this.#options.repositories,
      notes: this.#options.reachable,
      onNews: () =>
        this.#options.publish({ type: 'backups', databaseId: database.id }),
    });
    const [findings, freshness, own, ofRepository] = await Promise.all([
      this.#observe(database, async () =>
        silentIn(database, await ofRepositories),
      ),
      this.#freshnessOf(database),
      this.#ownSignalsOf(database),
      ofRepositories,
    ]);
    const now = this.#clock();
    const signals = [
      ...findings.signals,
      ...(freshness ? [backupAgeSignal(freshness, now)] : []),
      ...own,
      ...ofRepository,
    ];
    const judged = healthStatusOf(signals);
    return {
      databaseId: database.id,
      status: judged.status,
      sentence:
        (judged.status === 'healthy' && restorableSentence(freshness, now)) ||
        judged.sentence,
      observedAt: now.toISOString(),
      intervalSeconds,
      signals,
      engineVersion: findings.engineVersion,
    };
  }

  /**
   * What happened is recorded before the report is kept: twice rather than
   * never. What could not be recorded is found again by the next check.
   */
  async #observe(
    database: ReadyDatabase,
    unreachable: () => Promise<readonly string[]>,
  ): Promise<HealthFindings> {
    const { observers, reports, events } = this.#options;
    const last = await reports.getReport(database.id);
    const findings = await observers.check(
      database,
      last?.report.signals,
      unreachable,
    );
    let allWritten = true;
    for (const event of findings.events ?? []) {
      allWritten = (await events.record(database, event)) && allWritten;
    }
    return allWritten
      ? findings
      : {
          ...findings,
          signals: comparedAgain(findings.signals, last?.report.signals),
        };
  }

  async #ownSignalsOf(database: ReadyDatabase): Promise<readonly Signal[]> {
    const { signalSources, logger } = this.#options;
    const now = this.#clock();
    const read = signalSources.map(async source => {
      try {
        return await source.read(database, now);
      } catch (thrown) {
        const cause = toError(thrown).message;
        logger.warn(
          `Signal '${source.id}' of '${database.id}' could not be read: ${cause}`,
        );
        return [
          signalOf('unknown', {
            id: source.id,
            title: source.title,
            sentence: `It could not be read: ${cause}`,
            observedAt: now,
          }),
        ];
      }
    });
    return (await Promise.all(read)).flat();
  }

  /** Freshness where there are backups to judge. */
  async #freshnessOf(database: ReadyDatabase): Promise<Freshness | undefined> {
    return database.repository && database.engine.engine.operate.backup
      ? this.#options.freshness.getFreshness(database.id)
      : undefined;
  }
}
