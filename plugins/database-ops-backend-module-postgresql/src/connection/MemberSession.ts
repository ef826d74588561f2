import { randomBytes } from 'node:crypto';
import { toError } from '@backstage/errors';
import { DatabaseMember } from 'backstage-plugin-database-ops-node';
import { Client, ClientConfig } from 'pg';
import { PostgresqlConfig } from '../config';
import { tlsOptions } from '../connect';
import { Credentials } from './credentials';

const CONNECT_TIMEOUT_MILLISECONDS = 5_000;
const STATEMENT_TIMEOUT_MILLISECONDS = 10_000;

/** How a session differs from that of health. */
interface SessionOptions {
  /** What the server calls it, after `database-ops`. */
  readonly purpose: string;
  /** That of the configuration when absent. */
  readonly database?: string;
}

/** Nobody's: a server that answers that it is wrong has asked for one. */
const PROBE_PASSWORD_BYTES = 16;

/** One session with one credential, by TLS as configured. */
export class MemberSession {
  readonly member: DatabaseMember;
  readonly #client: Client;

  /** @throws what the server or the way to it said */
  static async open(
    config: PostgresqlConfig,
    member: DatabaseMember,
    { username, password }: Credentials,
    { purpose, database }: SessionOptions,
  ): Promise<MemberSession> {
    return MemberSession.#connect(member, {
      database: database ?? config.database,
      user: username,
      password: password.reveal(),
      ssl: await tlsOptions(config, member),
      application_name: `database-ops ${purpose}`,
    });
  }

  /**
   * Only to see whether a server would let this role in without TLS. The
   * network can read along, so the password is a made-up one.
   *
   * @throws what the server or the way to it said
   */
  static async openWithoutTls(
    { database }: PostgresqlConfig,
    member: DatabaseMember,
    username: string,
  ): Promise<MemberSession> {
    return MemberSession.#connect(member, {
      database,
      user: username,
      password: randomBytes(PROBE_PASSWORD_BYTES).toString('hex'),
      ssl: false,
      application_name: 'database-ops doctor',
    });
  }

  static async #connect(
    member: DatabaseMember,
    options: ClientConfig,
  ): Promise<MemberSession> {
    const client = new Client({
      host: member.host,
      port: member.port,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MILLISECONDS,
      statement_timeout: STATEMENT_TIMEOUT_MILLISECONDS,
      query_timeout: STATEMENT_TIMEOUT_MILLISECONDS + 1_000,
      ...options,
    });
    // A session that the server ends between two questions is found by the next one.
    client.on('error', () => {});
    try {
      await client.connect();
    } catch (error) {
      await client.end().catch(toError);
      throw error;
    }
    return new MemberSession(member, client);
  }

  private constructor(member: DatabaseMember, client: Client) {
    this.member = member;
    this.#client = client;
  }

  async query<TRow extends object>(
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<readonly TRow[]> {
    return (await this.#client.query<TRow>(sql, [...values])).rows;
  }

  async isPrimary(): Promise<boolean> {
    const [row] = await this.query<{ standby: boolean }>(
      'SELECT pg_is_in_recovery() AS standby',
    );
    return row?.standby === false;
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}
