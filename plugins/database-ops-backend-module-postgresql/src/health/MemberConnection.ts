import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { DatabaseMember } from 'backstage-plugin-database-ops-node';
import { Pool } from 'pg';
import { PostgresqlConfig } from '../config';
import { Credentials, currentCredentials } from '../connection/credentials';
import { tlsOptions } from '../connect';
import { certificateEnd } from './certificateSignal';
import { isBrokenConnection, isRefusedLogin } from './connectionFailure';

/** What the server calls sessions of health. */
export const HEALTH_APPLICATION = 'database-ops health';

const MAXIMUM_CONNECTIONS = 2;
const CONNECT_TIMEOUT_MILLISECONDS = 3_000;
/** A question that is not answered by then waits for a lock or a disk: the others are asked. */
const STATEMENT_TIMEOUT_MILLISECONDS = 2_000;

/** Connections of one credential. */
interface Opened {
  readonly credentials: Credentials;
  readonly pool: Promise<Pool>;
}

/**
 * The connection health keeps to one member between checks. The pool throws a
 * connection away as soon as a query on it failed; an idle one that breaks is
 * thrown away too.
 */
export class MemberConnection {
  readonly member: DatabaseMember;
  readonly #config: PostgresqlConfig;
  #logger: LoggerService | undefined;
  #opened: Opened | undefined;
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
    for (let kept = MAXIMUM_CONNECTIONS; ; kept--) {
      const opened = this.#open();
      try {
        const pool = await opened.pool;
        const { rows } = await pool.query<TRow>(sql);
        return rows;
      } catch (error) {
        // An administrator may have ended the kept one, or a rotation have
        // replaced it. Only what a new connection meets is the server's answer.
        const isReplaced =
          (this.#opened !== undefined && this.#opened !== opened) ||
          (isRefusedLogin(error) && !this.#isCurrent(opened));
        if (kept === 0 || !(isReplaced || isBrokenConnection(error))) {
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
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened) {
      await (await opened.pool).end();
    }
  }

  /** Whether no rotation wrote another credential meanwhile. */
  #isCurrent({ credentials }: Opened): boolean {
    const { username, password } = currentCredentials(this.#config);
    return (
      credentials.username === username &&
      credentials.password.reveal() === password.reveal()
    );
  }

  #open(): Opened {
    if (this.#opened && !this.#isCurrent(this.#opened)) {
      // Sessions of the old credential would keep it in use.
      this.close().catch(error =>
        this.#logger?.debug(
          `Connections to ${this.member.name} did not close: ${toError(error).message}`,
        ),
      );
    }
    if (!this.#opened) {
      const credentials = currentCredentials(this.#config);
      const opening = { credentials, pool: this.#createPool(credentials) };
      this.#opened = opening;
      // A certificate file that could not be read now may be readable next time.
      opening.pool.catch(() => {
        if (this.#opened === opening) {
          this.#opened = undefined;
        }
      });
    }
    return this.#opened;
  }

  async #createPool({ username, password }: Credentials): Promise<Pool> {
    const { database } = this.#config;
    const pool = new Pool({
      host: this.member.host,
      port: this.member.port,
      database,
      user: username,
      password: password.reveal(),
      ssl: await tlsOptions(this.#config, this.member),
      application_name: HEALTH_APPLICATION,
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
