import { ServiceUnavailableError } from '@backstage/errors';
import { DatabaseMember } from 'backstage-plugin-database-ops-node';
import { Client } from 'pg';
import { PostgresqlConfig } from '../config';
import { tlsOptions } from '../connect';
import {
  CredentialSource,
  currentCredentials,
} from '../connection/credentials';
import { connectionFailure } from '../health/connectionFailure';

const CONNECT_TIMEOUT_MILLISECONDS = 3_000;
/** The driver gives up a little after the server should have. */
const MARGIN_MILLISECONDS = 2_000;

/** What a session is for. */
interface SessionPurpose {
  /** Follows `database-ops ` in `application_name`. */
  readonly application: string;
  /** No statement of it runs longer; 0 for work that its caller ends. */
  readonly statementSeconds: number;
  /** The configured monitoring role when absent. */
  readonly as?: CredentialSource;
}

/**
 * A session on one member, closed afterwards.
 *
 * @throws ServiceUnavailableError when none can be opened
 */
export async function withMember<T>(
  config: PostgresqlConfig,
  member: DatabaseMember,
  purpose: SessionPurpose,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const { username, password } = currentCredentials(purpose.as ?? config);
  const timeout = purpose.statementSeconds * 1000;
  const client = new Client({
    host: member.host,
    port: member.port,
    database: config.database,
    user: username,
    password: password.reveal(),
    ssl: await tlsOptions(config, member),
    application_name: `database-ops ${purpose.application}`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MILLISECONDS,
    statement_timeout: timeout,
    ...(timeout > 0 && { query_timeout: timeout + MARGIN_MILLISECONDS }),
    keepAlive: true,
  });
  // A server that goes away is noticed by the next query; the event alone must not end the process.
  let broken: Error | undefined;
  client.on('error', error => {
    broken = error;
  });
  try {
    await client.connect();
  } catch (error) {
    const { reason } = connectionFailure(error, username);
    throw new ServiceUnavailableError(
      `No session on ${member.name} as '${username}': ${reason}.`,
    );
  }
  try {
    return await use(client);
  } finally {
    if (!broken) {
      await client.end();
    }
  }
}

/**
 * A session on the member that takes writes.
 *
 * @throws ServiceUnavailableError naming why each member is none
 */
export async function withPrimary<T>(
  config: PostgresqlConfig,
  purpose: SessionPurpose,
  use: (client: Client, member: DatabaseMember) => Promise<T>,
): Promise<T> {
  const reasons: string[] = [];
  for (const member of config.members) {
    const found = await tryMember(config, member, purpose, use);
    if ('value' in found) {
      return found.value;
    }
    reasons.push(found.reason);
  }
  throw new ServiceUnavailableError(
    `No member answers as the primary (${reasons.join('; ')}); look at the health of the database.`,
  );
}

async function tryMember<T>(
  config: PostgresqlConfig,
  member: DatabaseMember,
  purpose: SessionPurpose,
  use: (client: Client, member: DatabaseMember) => Promise<T>,
): Promise<{ readonly value: T } | { readonly reason: string }> {
  let inside = false;
  try {
    return await withMember(config, member, purpose, async client => {
      const { rows } = await client.query<{ standby: boolean }>(
        'SELECT pg_is_in_recovery() AS standby',
      );
      if (rows[0].standby) {
        return { reason: `${member.name} is a standby` };
      }
      inside = true;
      return { value: await use(client, member) };
    });
  } catch (error) {
    // Only a member that could not be asked is passed over: what goes wrong in the work is its own.
    if (inside || !(error instanceof ServiceUnavailableError)) {
      throw error;
    }
    return { reason: error.message.replace(/\.$/, '') };
  }
}
