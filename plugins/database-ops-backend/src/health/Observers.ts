import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { Signal } from 'backstage-plugin-database-ops-common';
import {
  DatabaseObserver,
  HealthFindings,
  Inventory,
  LogContinuation,
  ObserveContext,
  RepositoryDefinition,
  unknownSignal,
} from 'backstage-plugin-database-ops-node';
import { ReadyDatabase } from '../databases/types';
import { carriedOver } from './baselines';

/** What an observer may take beyond its time to hand over what it has found so far. */
const GRACE_SECONDS = 2;

interface KeptObserver {
  readonly definition: ReadyDatabase['definition'];
  readonly observer: DatabaseObserver;
}

/**
 * The engines' observers, one a database, made once and kept with their
 * connections. One that does not come back in time is replaced, so that it
 * can hold up nothing but its own check.
 */
export class Observers {
  readonly #kept = new Map<string, KeptObserver>();
  readonly #logger: LoggerService;
  readonly #timeoutSeconds: number;

  constructor(options: {
    readonly logger: LoggerService;
    readonly timeoutSeconds: number;
  }) {
    this.#logger = options.logger;
    this.#timeoutSeconds = options.timeoutSeconds;
  }

  /** Never throws: an observer that fails gives an `unknown` signal, and what was known before. */
  async check(
    database: ReadyDatabase,
    previous?: readonly Signal[],
    unreachableRepositories?: () => Promise<readonly string[]>,
  ): Promise<HealthFindings> {
    try {
      return await this.#checkInTime(database, {
        previous,
        unreachableRepositories,
      });
    } catch (thrown) {
      return {
        signals: [
          this.#unknown(
            `${database.title} could not be checked: ${toError(thrown).message}`,
          ),
          ...carriedOver(previous),
        ],
      };
    }
  }

  /** What the observer of the last check knows of the log behind an inventory. */
  async followLog(
    database: ReadyDatabase,
    repository: RepositoryDefinition,
    inventory: Inventory,
  ): Promise<LogContinuation | undefined> {
    return this.#get(database).observer.followLog?.(repository, inventory);
  }

  async close(): Promise<void> {
    const ids = [...this.#kept.keys()];
    await Promise.all(ids.map(id => this.#drop(id)));
  }

  async #checkInTime(
    database: ReadyDatabase,
    known: Pick<ObserveContext, 'previous' | 'unreachableRepositories'>,
  ): Promise<HealthFindings> {
    const { observer } = this.#get(database);
    const controller = new AbortController();
    const timers: NodeJS.Timeout[] = [];
    const tooLate = new Promise<'too late'>(resolve => {
      timers.push(
        setTimeout(() => controller.abort(), this.#timeoutSeconds * 1000),
        setTimeout(
          () => resolve('too late'),
          (this.#timeoutSeconds + GRACE_SECONDS) * 1000,
        ),
      );
    });
    try {
      const found = await Promise.race([
        tooLate,
        observer.checkHealth({
          logger: this.#logger,
          signal: controller.signal,
          ...known,
        }),
      ]);
      if (found !== 'too late') {
        return found;
      }
    } finally {
      timers.forEach(clearTimeout);
    }
    void this.#drop(database.id);
    return {
      signals: [
        this.#unknown(
          `${database.title} could not be checked: its checks did not end within ${this.#timeoutSeconds} s.`,
        ),
        ...carriedOver(known.previous),
      ],
    };
  }

  #get(database: ReadyDatabase): KeptObserver {
    const kept = this.#kept.get(database.id);
    if (kept && kept.definition === database.definition) {
      return kept;
    }
    if (kept) {
      void this.#drop(database.id);
    }
    const created = {
      definition: database.definition,
      observer: database.engine.engine.observe.createObserver(
        database.definition,
      ),
    };
    this.#kept.set(database.id, created);
    return created;
  }

  async #drop(databaseId: string): Promise<void> {
    const kept = this.#kept.get(databaseId);
    this.#kept.delete(databaseId);
    try {
      await kept?.observer.close();
    } catch (thrown) {
      this.#logger.warn(
        `Connections of '${databaseId}' could not be closed: ${toError(thrown).message}`,
      );
    }
  }

  #unknown(sentence: string): Signal {
    return unknownSignal({ id: 'check', title: 'Health check', sentence });
  }
}
