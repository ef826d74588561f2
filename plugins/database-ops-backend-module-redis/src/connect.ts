import { NotFoundError } from '@backstage/errors';
import {
  ConnectCommand,
  DatabaseDefinition,
} from 'backstage-plugin-database-ops-node';
import { RedisConfig } from './config';

/** `redis-cli` on one member; the password goes through the variable that redis-cli reads. */
export function redisConnectCommand(
  database: DatabaseDefinition<RedisConfig>,
  options?: { readonly member?: string },
): ConnectCommand {
  const { members, cluster, username, password, tls } = database.config;
  const member = options?.member
    ? members.find(({ name }) => name === options.member)
    : members[0];
  if (!member) {
    throw new NotFoundError(
      `Database '${database.id}' has no member '${options?.member}'; it has ${members.map(({ name }) => name).join(', ')}.`,
    );
  }
  return {
    command: 'redis-cli',
    args: [
      '-h',
      member.host,
      '-p',
      String(member.port),
      ...(cluster ? ['-c'] : []),
      ...(tls ? ['--tls'] : []),
      ...(tls?.caFile ? ['--cacert', tls.caFile] : []),
      ...(username ? ['--user', username] : []),
    ],
    env: password ? { REDISCLI_AUTH: password.reveal() } : undefined,
  };
}
