import { NotFoundError } from '@backstage/errors';
import {
  ConnectCommand,
  DatabaseDefinition,
} from 'backstage-plugin-database-ops-node';
import { ZooKeeperConfig } from './config';

const SHELL = 'backstage-plugin-database-ops-backend-module-zookeeper/shell';

/**
 * A small shell of our own on one server: ZooKeeper's needs a JVM and takes
 * the password as a typed command, which its history keeps.
 */
export function zooKeeperConnectCommand(
  database: DatabaseDefinition<ZooKeeperConfig>,
  options?: { readonly member?: string },
): ConnectCommand {
  const { members, username, password, tls } = database.config;
  const member = options?.member
    ? members.find(({ name }) => name === options.member)
    : members[0];
  if (!member) {
    throw new NotFoundError(
      `Database '${database.id}' has no member '${options?.member}'; it has ${members.map(({ name }) => name).join(', ')}.`,
    );
  }
  return {
    command: process.execPath,
    args: [
      // In development these make Node read TypeScript.
      ...process.execArgv.filter(argument => !argument.startsWith('--inspect')),
      require.resolve(SHELL),
      '{folder}/session.json',
    ],
    files: {
      'session.json': JSON.stringify({
        name: member.name,
        host: member.host,
        port: member.port,
        username,
        password: password.reveal(),
        tls: tls && { caFile: tls.caFile },
      }),
    },
  };
}
