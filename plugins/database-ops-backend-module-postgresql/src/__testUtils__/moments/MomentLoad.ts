import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import {
  canaryRow,
  ExpectedContent,
  LoggedFork,
  MomentLog,
  rowDigest,
  rowDigestSql,
} from './MomentLog';

const SLOTS_PER_WRITER = 64;
/** Each such commit removes a row of the content instead of changing one. */
const REMOVE_EVERY = 7;
/** No digest of a table may be a matter of its order or its size alone. */
const VALUE_PARTS = 6;

const TABLES = `
CREATE TABLE IF NOT EXISTS app.moment_canary (
  writer integer NOT NULL,
  sequence bigint NOT NULL,
  written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  transaction_id text NOT NULL DEFAULT pg_current_xact_id()::text,
  PRIMARY KEY (writer, sequence)
);
CREATE TABLE IF NOT EXISTS app.moment_content (
  slot integer PRIMARY KEY,
  value text NOT NULL
) WITH (fillfactor = 50);`;

/** One statement is one transaction; it tells when the one before was committed. */
const CANARY = `
INSERT INTO app.moment_canary (writer, sequence) VALUES ($1, $2)
RETURNING transaction_id,
  (extract(epoch FROM pg_xact_commit_timestamp($3::text::xid)) * 1000000)::bigint::text AS previous_at`;
const CHANGE = `
WITH content AS (
  INSERT INTO app.moment_content (slot, value) VALUES ($4, $5)
  ON CONFLICT (slot) DO UPDATE SET value = excluded.value
)${CANARY}`;
const REMOVE = `
WITH content AS (DELETE FROM app.moment_content WHERE slot = $4)${CANARY}`;
const COMMITTED_AT = `
SELECT (extract(epoch FROM pg_xact_commit_timestamp($1::text::xid)) * 1000000)::bigint::text AS at`;

const CONTENT = 'SELECT slot, value FROM app.moment_content';
const CANARIES = `
SELECT writer, count(*)::int AS commits, max(sequence)::int AS last,
  sum(${rowDigestSql("writer || ':' || sequence || ':' || transaction_id")})::text AS digest
FROM app.moment_canary GROUP BY writer`;
const CONTENT_DIGEST = `
SELECT coalesce(sum(${rowDigestSql("slot || ':' || value")}), 0)::text AS digest
FROM app.moment_content`;

/** What a server holds, in the terms of {@link ExpectedContent}; canaries that have a hole are told. */
export async function readContent(
  client: Client,
): Promise<ExpectedContent & { readonly holes: readonly number[] }> {
  const { rows } = await client.query<{
    writer: number;
    commits: number;
    last: number;
    digest: string;
  }>(CANARIES);
  const content = await client.query<{ digest: string }>(CONTENT_DIGEST);
  return {
    commits: new Map(rows.map(({ writer, commits }) => [writer, commits])),
    holes: rows.flatMap(({ writer, commits, last }) =>
      commits === last ? [] : [writer],
    ),
    canaryDigest: rows.reduce((sum, { digest }) => sum + BigInt(digest), 0n),
    contentDigest: BigInt(content.rows[0].digest),
  };
}

interface PendingCommit {
  readonly sequence: number;
  readonly transactionId: string;
  readonly change: bigint;
}

/**
 * Commits at a steady rate by several sessions, and writes down of each when
 * PostgreSQL committed it and what it changed, so that for any moment it is
 * known what a restored copy has to hold. Changes, inserts and removals.
 */
export class MomentLoad {
  readonly #branch: string;
  readonly #log: MomentLog;
  readonly #clients: readonly Client[];
  readonly #ratePerSecond: number;
  readonly #seed: number;
  readonly #stop = new AbortController();
  readonly #working: Promise<void[]>;
  readonly #startedAt = performance.now();
  #commits = 0;

  static async prepare(connect: () => Promise<Client>): Promise<void> {
    const client = await connect();
    try {
      await client.query(TABLES);
    } finally {
      await client.end();
    }
  }

  static async start(options: {
    readonly connect: () => Promise<Client>;
    readonly log: MomentLog;
    readonly branch: string;
    readonly ratePerSecond: number;
    readonly writers: number;
    readonly seed: number;
  }): Promise<MomentLoad> {
    const clients: Client[] = [];
    for (let writer = 0; writer < options.writers; writer++) {
      clients.push(await options.connect());
    }
    const content = await clients[0].query<{ slot: number; value: string }>(
      CONTENT,
    );
    const { commits } = await readContent(clients[0]);
    return new MomentLoad({
      ...options,
      clients,
      content: new Map(
        content.rows.map(({ slot, value }) => [slot, value] as const),
      ),
      commits,
    });
  }

  private constructor(
    options: Pick<
      Parameters<typeof MomentLoad.start>[0],
      'log' | 'branch' | 'ratePerSecond' | 'seed'
    > & {
      readonly clients: readonly Client[];
      readonly content: Map<number, string>;
      readonly commits: ReadonlyMap<number, number>;
    },
  ) {
    this.#branch = options.branch;
    this.#log = options.log;
    this.#clients = options.clients;
    this.#ratePerSecond = options.ratePerSecond;
    this.#seed = options.seed;
    this.#working = Promise.all(
      options.clients.map((client, writer) =>
        this.#write(
          client,
          writer,
          options.commits.get(writer) ?? 0,
          options.content,
        ),
      ),
    );
    // Whoever stops it hears of a failure.
    this.#working.catch(() => this.#stop.abort());
  }

  /** @throws whatever ended a session that was to go on */
  async stop(): Promise<{
    readonly commits: number;
    readonly perSecond: number;
  }> {
    this.#stop.abort();
    const seconds = (performance.now() - this.#startedAt) / 1000;
    try {
      await this.#working;
    } finally {
      await Promise.allSettled(this.#clients.map(client => client.end()));
    }
    return { commits: this.#commits, perSecond: this.#commits / seconds };
  }

  async #write(
    client: Client,
    writer: number,
    before: number,
    content: Map<number, string>,
  ): Promise<void> {
    const interval = (1000 * this.#clients.length) / this.#ratePerSecond;
    let due = performance.now();
    let sequence = before;
    let pending: PendingCommit | undefined;
    while (!this.#stop.signal.aborted) {
      sequence += 1;
      const slot =
        writer * SLOTS_PER_WRITER + ((sequence * 37) % SLOTS_PER_WRITER);
      const value =
        sequence % REMOVE_EVERY === 0
          ? undefined
          : this.#valueOf(writer, sequence);
      const head = [writer, sequence, pending?.transactionId ?? null, slot];
      const { rows } = await client.query<{
        transaction_id: string;
        previous_at: string | null;
      }>(
        value === undefined
          ? { name: 'remove', text: REMOVE, values: head }
          : { name: 'change', text: CHANGE, values: [...head, value] },
      );
      if (pending) {
        this.#note(writer, pending, rows[0].previous_at);
      }
      const digestOf = (text: string | undefined) =>
        text === undefined ? 0n : rowDigest(`${slot}:${text}`);
      pending = {
        sequence,
        transactionId: rows[0].transaction_id,
        change: digestOf(value) - digestOf(content.get(slot)),
      };
      if (value === undefined) {
        content.delete(slot);
      } else {
        content.set(slot, value);
      }
      this.#commits += 1;
      due += interval;
      const pause = due - performance.now();
      if (pause > 1) {
        await sleep(pause);
      }
    }
    if (pending) {
      const { rows } = await client.query<{ at: string }>(COMMITTED_AT, [
        pending.transactionId,
      ]);
      this.#note(writer, pending, rows[0].at);
    }
  }

  #note(writer: number, commit: PendingCommit, at: string | null): void {
    if (at === null) {
      throw new Error(
        `PostgreSQL keeps no time of commit ${canaryRow({ writer, ...commit })}; track_commit_timestamp has to be on.`,
      );
    }
    this.#log.add({
      branch: this.#branch,
      writer,
      ...commit,
      committedAt: Number(at),
    });
  }

  #valueOf(writer: number, sequence: number): string {
    const parts = Array.from({ length: VALUE_PARTS }, (_, part) =>
      createHash('md5')
        .update(`${this.#seed}/${this.#branch}/${writer}/${sequence}/${part}`)
        .digest('hex'),
    );
    return parts.join('');
  }
}

/** What a promoted standby has of each writer, for the log. */
export async function forkOf(
  client: Client,
  branch: string,
  parent: string,
): Promise<LoggedFork> {
  const { commits } = await readContent(client);
  return { branch, parent, commits };
}
