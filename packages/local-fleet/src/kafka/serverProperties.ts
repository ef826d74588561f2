import { FleetContext } from '../framework/types';
import { ADMIN_CERTIFICATE, KAFKA_USERS, KafkaNode } from './brokers';

/**
 * A broker's configuration; holds store passwords, so it is written with mode 0600.
 *
 * Brokers and controllers know each other by certificate. That lets the fleet
 * create SCRAM users over the protocol once the brokers run: the format tool
 * would want their passwords in its arguments, where every process sees them.
 */
export async function serverProperties(
  context: FleetContext,
  options: {
    readonly node: KafkaNode;
    readonly nodes: readonly KafkaNode[];
    readonly logDirectory: string;
  },
): Promise<string> {
  const { node, nodes, logDirectory } = options;
  const { keyStore, trustStore, passwordSecret } = await context.javaStores(
    node.name,
  );
  const storePassword = await context.secret(passwordSecret);
  const superUsers = [
    KAFKA_USERS.admin.name,
    ADMIN_CERTIFICATE,
    ...nodes.map(({ name }) => name),
  ];
  const settings: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': String(node.nodeId),
    'controller.quorum.voters': nodes
      .map(
        ({ nodeId, controllerPort }) => `${nodeId}@127.0.0.1:${controllerPort}`,
      )
      .join(','),
    listeners: [
      `CLIENT://127.0.0.1:${node.clientPort}`,
      `BROKER://127.0.0.1:${node.brokerPort}`,
      `CONTROLLER://127.0.0.1:${node.controllerPort}`,
    ].join(','),
    'advertised.listeners': [
      `CLIENT://127.0.0.1:${node.clientPort}`,
      `BROKER://127.0.0.1:${node.brokerPort}`,
    ].join(','),
    'listener.security.protocol.map':
      'CLIENT:SASL_SSL,BROKER:SSL,CONTROLLER:SSL',
    'inter.broker.listener.name': 'BROKER',
    'controller.listener.names': 'CONTROLLER',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.client.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'listener.name.broker.ssl.client.auth': 'required',
    'listener.name.controller.ssl.client.auth': 'required',
    'ssl.keystore.type': 'PKCS12',
    'ssl.keystore.location': keyStore,
    'ssl.keystore.password': storePassword,
    'ssl.key.password': storePassword,
    'ssl.truststore.type': 'PKCS12',
    'ssl.truststore.location': trustStore,
    'ssl.truststore.password': storePassword,
    'ssl.principal.mapping.rules': 'RULE:^CN=([^,]+)$/$1/,DEFAULT',
    'authorizer.class.name':
      'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'false',
    'super.users': superUsers.map(name => `User:${name}`).join(';'),
    'log.dirs': logDirectory,
    'log.segment.bytes': '16777216',
    'log.retention.bytes': '134217728',
    'auto.create.topics.enable': 'false',
    'default.replication.factor': '3',
    'min.insync.replicas': '2',
    'num.partitions': '3',
    'offsets.topic.num.partitions': '3',
    'offsets.topic.replication.factor': '3',
    'transaction.state.log.num.partitions': '3',
    'transaction.state.log.replication.factor': '3',
    'transaction.state.log.min.isr': '2',
    'share.coordinator.state.topic.num.partitions': '3',
    'share.coordinator.state.topic.replication.factor': '3',
    'share.coordinator.state.topic.min.isr': '2',
    'group.initial.rebalance.delay.ms': '0',
    // Small, because three brokers share one machine with everything else.
    'num.network.threads': '2',
    'num.io.threads': '2',
    'num.replica.fetchers': '1',
    'log.cleaner.dedupe.buffer.size': '4194304',
    // A lost broker is noticed well inside the 60 s in which health must name it.
    'broker.session.timeout.ms': '6000',
    'broker.heartbeat.interval.ms': '1000',
    'controlled.shutdown.max.retries': '1',
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

/** Warnings and start-up go to standard output, which the fleet keeps as the member's log. */
export const LOG4J2_PROPERTIES = `status=error
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{ISO8601} %p %c{1}: %m%n
rootLogger.level=warn
rootLogger.appenderRef.out.ref=out
logger.server.name=kafka.server.KafkaRaftServer
logger.server.level=info
logger.broker.name=kafka.server.BrokerLifecycleManager
logger.broker.level=info
`;
