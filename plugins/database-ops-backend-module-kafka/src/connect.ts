import { NotFoundError } from '@backstage/errors';
import {
  ConnectCommand,
  DatabaseDefinition,
} from 'backstage-plugin-database-ops-node';
import { KafkaConfig } from './config';

const SHELL = 'backstage-plugin-database-ops-backend-module-kafka/shell';

/**
 * A small read-only shell of our own: Kafka's tools are no shell and need a
 * JVM, and Debian's kcat is refused by current brokers when it signs in by
 * SCRAM.
 */
export function kafkaConnectCommand(
  database: DatabaseDefinition<KafkaConfig>,
  options?: { readonly member?: string },
): ConnectCommand {
  const { members, sasl, tls } = database.config;
  const chosen = options?.member
    ? members.filter(({ name }) => name === options.member)
    : members;
  if (chosen.length === 0) {
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
        title: database.title,
        kafka: {
          members: chosen,
          sasl: sasl && { ...sasl, password: sasl.password.reveal() },
          tls,
        },
      }),
    },
  };
}
