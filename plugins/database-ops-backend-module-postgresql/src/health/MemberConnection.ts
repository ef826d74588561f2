import { LoggerService } from '@backstage/backend-plugin-api';
import { DatabaseMember } from 'backstage-plugin-database-ops-node';
import { Pool } from 'pg';
import { PostgresqlConfig } from '../config';
import { tlsOptions } from '../connect';
import { certificateEnd } from './certificateSignal';
import { isBrokenConnection } from './connectionFailure';

const MAXIMUM_CONNECTIONS = 2;
const CONNECT_TIMEOUT_MILLISECONDS = 3_000;
const STATEMENT_TIMEOUT_MILLISECONDS = 3_000;

/**
 * The connection health keeps to one member between checks. The pool throws a
 * connection away as soon as a query on it failed; an idle one that breaks is
 * thrown away too.
 */
export class MemberConnection {
  readonly member: DatabaseMember;
  readonly #config: PostgresqlConfig;
  #logger: LoggerService | undefined;
  #pool: Promise<Pool> | undefined;
  #certificateEnd: Date | undefined;

  constructor(config: PostgresqlConfig, member: DatabaseMember) {
    this.#config = config;
    this.member = member;
  }

  /** @throws what the driver or the server said */
  async query<TRow extends object>(
    sql: string,
    logger: LoggerService,
  ): Promise<readonly TRow[]> {
    this.#logger = logger;
    const pool = await this.#open();
    for (let kept = MAXIMUM_CONNECTIONS; ; kept--) {
      try {
        const { rows } = await pool.query<TRow>(sql);
        return rows;
      } catch (error) {
        // An administrator may have ended the kept one. Only what a new
        // connection meets is the server's answer.
        if (kept === 0 || !isBrokenConnection(error)) {
          throw error;
        }
      }
    }
  }

  /** Until when the certificate is valid that the member last showed. */
  get certificateEnd(): Date | undefined {
    return this.#certificateEnd;
  }

  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    if (pool) {
      await (await pool).end();
    }
  }

  #open(): Promise<Pool> {
    if (!this.#pool) {
      const opening = this.#createPool();
      this.#pool = opening;
      // A certificate file that could not be read now may be readable next time.
      opening.catch(() => {
        if (this.#pool === opening) {
          this.#pool = undefined;
        }
      });
    }
    return this.#pool;
  }

  async #createPool(): Promise<Pool> {
    const { database, username, password } = this.#config;
    const pool = new Pool({
      host: this.member.host,
      port: this.member.port,
      database,
      user: username,
      password: password.reveal(),
      ssl: await tlsOptions(this.#config, this.member),
      application_name: 'database-ops health',
      max: MAXIMUM_CONNECTIONS,
      // Longer than the health interval: the connection is there for the next check.
      idleTimeoutMillis: 300_000,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MILLISECONDS,
      statement_timeout: STATEMENT_TIMEOUT_MILLISECONDS,
      query_timeout: STATEMENT_TIMEOUT_MILLISECONDS + 1_000,
      keepAlive: true,
      allowExitOnIdle: true,
    });
    pool.on('connect', client => {
      const { connection } = client as unknown as {
        readonly connection?: { readonly stream?: unknown };
      };
      this.#certificateEnd = certificateEnd(connection?.stream);
    });
    pool.on('error', error =>
      this.#logger?.debug(
        `Idle connection to ${this.member.name} ended: ${error.message}`,
      ),
    );
    return pool;
  }
}
