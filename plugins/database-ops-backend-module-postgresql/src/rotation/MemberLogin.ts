import { toError } from '@backstage/errors';
import { DatabaseMember } from 'backstage-plugin-database-ops-node';
import { Client } from 'pg';
import { PostgresqlConfig } from '../config';
import { Credentials } from '../connection/credentials';
import { tlsOptions } from '../connect';

const CONNECT_TIMEOUT_MILLISECONDS = 5_000;
const STATEMENT_TIMEOUT_MILLISECONDS = 10_000;

/** What a login may do: its attributes and every role whose rights it has, itself left out. */
const RIGHTS = `
SELECT jsonb_build_object(
  'attributes', (SELECT jsonb_build_array(rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls)
                 FROM pg_roles WHERE rolname = session_user),
  'settings', (SELECT coalesce(jsonb_agg(setting ORDER BY setting), '[]')
               FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) AS setting
               WHERE r.rolname = session_user),
  'roles', (SELECT jsonb_agg(rolname ORDER BY rolname) FROM pg_roles
            WHERE pg_has_role(session_user, oid, 'USAGE') AND rolname <> session_user AND rolname <> $1))::text AS rights`;

/** One session over TLS with one credential. */
export class MemberLogin {
  readonly member: DatabaseMember;
  readonly #client: Client;

  /** @throws what the server or the way to it said */
  static async open(
    config: PostgresqlConfig,
    member: DatabaseMember,
    { username, password }: Credentials,
  ): Promise<MemberLogin> {
    const client = new Client({
      host: member.host,
      port: member.port,
      database: config.database,
      user: username,
      password: password.reveal(),
      ssl: await tlsOptions(config, member),
      application_name: 'database-ops rotation',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MILLISECONDS,
      statement_timeout: STATEMENT_TIMEOUT_MILLISECONDS,
      query_timeout: STATEMENT_TIMEOUT_MILLISECONDS + 1_000,
    });
    // A session that the server ends between two questions is found by the next one.
    client.on('error', () => {});
    try {
      await client.connect();
    } catch (error) {
      await client.end().catch(toError);
      throw error;
    }
    return new MemberLogin(member, client);
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

  /** Comparable text; the pair's own role is in both, or is one of them. */
  async rights(role: string): Promise<string> {
    const [row] = await this.query<{ rights: string }>(RIGHTS, [role]);
    return row?.rights ?? '';
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}
