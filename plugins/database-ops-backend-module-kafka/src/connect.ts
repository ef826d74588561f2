import { NotFoundError } from '@backstage/errors';
import {
  ConnectCommand,
  DatabaseDefinition,
} from 'backstage-plugin-database-ops-node';
import { KafkaConfig } from './config';

type Settings = Readonly<Record<string, string | undefined>>;

function propertiesFile(settings: Settings): string {
  return Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

function securityProtocol({ sasl, tls }: KafkaConfig): string {
  return `${sasl ? 'SASL_' : ''}${tls ? 'SSL' : 'PLAINTEXT'}`;
}

/** For kcat, which is built on librdkafka. */
function kcatConfiguration(config: KafkaConfig, servers: string): string {
  const { sasl, tls } = config;
  return propertiesFile({
    'bootstrap.servers': servers,
    'security.protocol': securityProtocol(config),
    'sasl.mechanisms': sasl?.mechanism,
    'sasl.username': sasl?.username,
    'sasl.password': sasl?.password.reveal(),
    'ssl.ca.location': tls?.caFile,
  });
}

/** For the tools that come with Kafka (`--command-config`). */
function toolConfiguration(config: KafkaConfig, servers: string): string {
  const { sasl, tls } = config;
  const loginModule =
    sasl?.mechanism === 'PLAIN'
      ? 'org.apache.kafka.common.security.plain.PlainLoginModule'
      : 'org.apache.kafka.common.security.scram.ScramLoginModule';
  return propertiesFile({
    'bootstrap.servers': servers,
    'security.protocol': securityProtocol(config),
    'sasl.mechanism': sasl?.mechanism,
    'sasl.jaas.config':
      sasl &&
      `${loginModule} required username="${sasl.username}" password="${sasl.password.reveal()}";`,
    'ssl.truststore.type': tls?.caFile && 'PEM',
    'ssl.truststore.location': tls?.caFile,
  });
}

/** What a session starts with: `kcat` and Kafka's own tools find broker and credentials in files. */
function shellStart(title: string, servers: string): string {
  return `export KCAT_CONFIG='{folder}/kcat.conf'
export COMMAND_CONFIG='{folder}/client.properties'
export BOOTSTRAP_SERVERS='${servers}'
PS1='${title.replace(/[^\w .-]/g, '')}> '
echo 'kcat -L lists brokers and topics; kcat -C -t TOPIC -o -10 -e reads the last ten messages of each partition.'
echo 'Tools of Kafka: kafka-topics.sh --bootstrap-server "$BOOTSTRAP_SERVERS" --command-config "$COMMAND_CONFIG" --list'
`;
}

/**
 * A shell in which `kcat` (and Kafka's own tools, where they are installed)
 * are set up for this cluster; the password stands in files of that session.
 */
export function kafkaConnectCommand(
  database: DatabaseDefinition<KafkaConfig>,
  options?: { readonly member?: string },
): ConnectCommand {
  const { members } = database.config;
  const chosen = options?.member
    ? members.filter(({ name }) => name === options.member)
    : members;
  if (chosen.length === 0) {
    throw new NotFoundError(
      `Database '${database.id}' has no member '${options?.member}'; it has ${members.map(({ name }) => name).join(', ')}.`,
    );
  }
  const servers = chosen.map(({ host, port }) => `${host}:${port}`).join(',');
  return {
    command: 'bash',
    args: ['--noprofile', '--rcfile', '{folder}/start.sh', '-i'],
    files: {
      'start.sh': shellStart(database.title, servers),
      'kcat.conf': kcatConfiguration(database.config, servers),
      'client.properties': toolConfiguration(database.config, servers),
    },
  };
}
