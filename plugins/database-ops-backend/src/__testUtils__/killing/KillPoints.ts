// Enumerates the places at which a portal process changes something that
// outlives it, and kills the process at one of them. Tests only.
import { Executor } from 'backstage-plugin-database-ops-node';

const EXECUTOR_STEPS = ['find', 'start', 'stop', 'forget'] as const;

/** A connection of the driver, as knex uses it. */
export interface DriverConnection {
  query(
    query: { readonly text: string } | string,
    answered?: (error: unknown, result: unknown) => void,
  ): unknown;
}

/** The table that a statement writes to; `undefined` for one that only reads. */
function writtenTable(sql: string): string | undefined {
  return /^(?:insert into|update|delete from) "(\w+)"/.exec(sql)?.[1];
}

/** Named places of a process, passed in order. */
export class KillPoints {
  readonly #killAt: string | undefined;
  readonly #onFirst: (point: string) => void;
  readonly #passed = new Set<string>();

  constructor(options: {
    readonly killAt?: string;
    /** Called when a place is passed for the first time. */
    readonly onFirst: (point: string) => void;
  }) {
    this.#killAt = options.killAt;
    this.#onFirst = options.onFirst;
  }

  /** Watches each write outside a transaction and each commit, before and after. */
  watch(connection: DriverConnection): void {
    const ask = connection.query.bind(connection);
    /** What the open transaction has written to. */
    let written: string[] | undefined;
    connection.query = (query, answered) => {
      const sql = typeof query === 'string' ? query : query.text;
      const table = writtenTable(sql);
      let change: string | undefined;
      if (/^begin/i.test(sql)) {
        written = [];
      } else if (/^(commit|rollback)/i.test(sql)) {
        change =
          written?.length && /^commit/i.test(sql)
            ? `committing ${written.join(', ')}`
            : undefined;
        written = undefined;
      } else if (table && written) {
        written =
          written[written.length - 1] === table ? written : [...written, table];
      } else if (table) {
        change = `writing ${table}`;
      }
      if (!change) {
        return ask(query, answered);
      }
      this.#pass(`before ${change}`);
      return ask(query, (error, result) => {
        this.#pass(`after ${change}`);
        answered?.(error, result);
      });
    };
  }

  /** The executor, its steps being places too. */
  around(executor: Executor): Executor {
    const pass = (point: string) => this.#pass(point);
    return new Proxy(executor, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') {
          return value;
        }
        const step = EXECUTOR_STEPS.find(known => known === name);
        if (!step) {
          return value.bind(target);
        }
        return async (...args: unknown[]) => {
          pass(`before executor.${step}`);
          const answer: unknown = await value.apply(target, args);
          pass(`after executor.${step}`);
          return answer;
        };
      },
    });
  }

  #pass(point: string): void {
    if (point === this.#killAt) {
      process.kill(process.pid, 'SIGKILL');
    }
    if (!this.#passed.has(point)) {
      this.#passed.add(point);
      this.#onFirst(point);
    }
  }
}
