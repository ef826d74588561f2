import { Knex } from 'knex';

const TABLE = 'health_checks';

interface HealthCheckRow {
  readonly database_id: string;
  readonly due_at_ms: number | string;
  readonly owner: string | null;
  readonly leased_until_ms: number | string | null;
}

/**
 * Whose turn it is to check a database: one replica at a time, whoever finds
 * it due first. A replica that died gives way when its lease ends.
 */
export class HealthCheckTurns {
  readonly #knex: Knex;
  readonly #owner: string;
  readonly #leaseSeconds: number;

  constructor(options: {
    readonly knex: Knex;
    /** Unique among replicas and restarts. */
    readonly owner: string;
    /** Longer than a check may take. */
    readonly leaseSeconds: number;
  }) {
    this.#knex = options.knex;
    this.#owner = options.owner;
    this.#leaseSeconds = options.leaseSeconds;
  }

  /**
   * At most `limit` of the ids that are due, now ours: those due longest come
   * first, so that with more to do than time nobody is left out.
   */
  async claimDue(
    databaseIds: readonly string[],
    now: Date,
    limit: number,
  ): Promise<readonly string[]> {
    if (limit <= 0) {
      return [];
    }
    const known = await this.#knex<HealthCheckRow>(TABLE).select();
    const rows = new Map(known.map(row => [row.database_id, row]));
    const missing = databaseIds.filter(id => !rows.has(id));
    if (missing.length > 0) {
      await this.#knex<HealthCheckRow>(TABLE)
        .insert(missing.map(id => ({ database_id: id, due_at_ms: 0 })))
        .onConflict('database_id')
        .ignore();
    }
    const nowMs = now.getTime();
    const dueAtMs = (id: string) => Number(rows.get(id)?.due_at_ms ?? 0);
    const due = databaseIds
      .filter(id => {
        const row = rows.get(id);
        return dueAtMs(id) <= nowMs && !(row && isLeased(row, nowMs));
      })
      .sort((a, b) => dueAtMs(a) - dueAtMs(b));
    const claimed: string[] = [];
    for (const databaseId of due) {
      if (claimed.length === limit) {
        break;
      }
      if (await this.#claim(databaseId, nowMs)) {
        claimed.push(databaseId);
      }
    }
    return claimed;
  }

  /** Ends our turn; the next one starts at `dueAt`. */
  async release(databaseId: string, dueAt: Date): Promise<void> {
    await this.#knex<HealthCheckRow>(TABLE)
      .where({ database_id: databaseId, owner: this.#owner })
      .update({
        due_at_ms: dueAt.getTime(),
        owner: null,
        leased_until_ms: null,
      });
  }

  /** The condition is part of the update, so that of two replicas one wins. */
  async #claim(databaseId: string, nowMs: number): Promise<boolean> {
    const updated = await this.#knex<HealthCheckRow>(TABLE)
      .where({ database_id: databaseId })
      .andWhere('due_at_ms', '<=', nowMs)
      .andWhere(free =>
        free
          .whereNull('leased_until_ms')
          .orWhere('leased_until_ms', '<=', nowMs),
      )
      .update({
        owner: this.#owner,
        leased_until_ms: nowMs + this.#leaseSeconds * 1000,
      });
    return updated > 0;
  }
}

function isLeased(row: HealthCheckRow, nowMs: number): boolean {
  return row.leased_until_ms !== null && Number(row.leased_until_ms) > nowMs;
}
