import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from '../framework/runTool';
import {
  FleetConfigurationPart,
  FleetContext,
  FleetGroupDefinition,
  FleetLoadOptions,
  FleetLoadResult,
  FleetMember,
  FleetProcess,
} from '../framework/types';
import { writeOwnedFile } from '../framework/ownedFile';
import {
  ADMIN_CERTIFICATE,
  KAFKA_USERS,
  KafkaNode,
  kafkaNodes,
} from './brokers';
import { aliveBrokers, controllerAnswers } from './admin';
import { loadKafka } from './load';
import { provisionKafka } from './provision';
import { LOG4J2_PROPERTIES, serverProperties } from './serverProperties';

/** One compiler tier and the serial collector halve the start-up on two cores. */
const JAVA_FLAGS = [
  '-Xmx320m',
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-Djava.net.preferIPv4Stack=true',
];
const QUORUM = 2;

/** Kafka wants its cluster id as 16 bytes in URL-safe base64. */
async function clusterId(context: FleetContext): Promise<string> {
  const hex = await context.secret('kafka-cluster-id');
  return Buffer.from(hex, 'hex').toString('base64url');
}

interface PreparedNode {
  readonly node: KafkaNode;
  readonly folder: string;
  readonly propertiesFile: string;
  readonly javaArguments: readonly string[];
}

async function prepareNode(
  context: FleetContext,
  node: KafkaNode,
  nodes: readonly KafkaNode[],
): Promise<PreparedNode> {
  const folder = await context.folder(`kafka/${node.name}`, {
    owner: 'service',
  });
  const logDirectory = join(folder, 'data');
  const propertiesFile = join(folder, 'server.properties');
  const logging = join(folder, 'log4j2.properties');
  await writeOwnedFile(context, logging, LOG4J2_PROPERTIES);
  await writeOwnedFile(
    context,
    propertiesFile,
    await serverProperties(context, { node, nodes, logDirectory }),
  );
  const javaArguments = [
    ...JAVA_FLAGS,
    `-Dlog4j2.configurationFile=${logging}`,
    '-cp',
    await context.classPath('kafka'),
  ];
  if (!existsSync(join(logDirectory, 'meta.properties'))) {
    await runTool(
      await context.tool('java'),
      [
        ...javaArguments,
        'kafka.tools.StorageTool',
        'format',
        '--cluster-id',
        await clusterId(context),
        '--config',
        propertiesFile,
      ],
      {
        cwd: folder,
        uid: context.serviceUser?.uid,
        gid: context.serviceUser?.gid,
      },
    );
  }
  return { node, folder, propertiesFile, javaArguments };
}

async function running(processes: readonly FleetProcess[]): Promise<number> {
  const states = await Promise.all(processes.map(each => each.state()));
  return states.filter(state => state === 'running').length;
}

/**
 * The first broker of a group that is being started cannot serve yet: there
 * is no quorum. It counts as started when its controller answers; from the
 * second on, when the cluster counts it as alive.
 */
async function isReady(
  context: FleetContext,
  node: KafkaNode,
  processes: readonly FleetProcess[],
): Promise<boolean> {
  if ((await running(processes)) < QUORUM) {
    return controllerAnswers(context, node);
  }
  return (await aliveBrokers(context, node)).includes(node.nodeId);
}

/** Three combined KRaft brokers: SCRAM over TLS for clients, mutual TLS among themselves, ACLs that deny by default. */
export const kafkaGroup: FleetGroupDefinition = {
  group: 'kafka',
  needs: [],
  startsTogether: true,

  async prepare(context: FleetContext): Promise<readonly FleetMember[]> {
    const nodes = await kafkaNodes(context);
    await context.certificate(ADMIN_CERTIFICATE);
    const java = await context.tool('java');
    const prepared = await Promise.all(
      nodes.map(node => prepareNode(context, node, nodes)),
    );
    const processes: FleetProcess[] = [];
    for (const { node, folder, propertiesFile, javaArguments } of prepared) {
      processes.push(
        context.process({
          name: node.name,
          command: java,
          args: [...javaArguments, 'kafka.Kafka', propertiesFile],
          cwd: folder,
          asServiceUser: true,
          stopSeconds: 20,
          ready: () => isReady(context, node, processes),
          readySeconds: 120,
        }),
      );
    }
    return nodes.map((node, index) => ({
      name: node.name,
      group: 'kafka',
      ports: {
        client: node.clientPort,
        broker: node.brokerPort,
        controller: node.controllerPort,
      },
      start: () => processes[index].start(),
      stop: async options => {
        // Without a quorum a broker cannot hand over its partitions and waits
        // for minutes; ending it at once loses nothing that it acknowledged.
        const alone = (await running(processes)) < QUORUM;
        await processes[index].stop({ force: alone, ...options });
      },
      state: () => processes[index].state(),
    }));
  },

  async provision(context: FleetContext): Promise<void> {
    await provisionKafka(context, await kafkaNodes(context));
  },

  async configuration(context: FleetContext): Promise<FleetConfigurationPart> {
    const nodes = await kafkaNodes(context);
    return {
      databases: {
        'events-kafka': {
          title: 'Events',
          engine: 'kafka',
          environment: 'production',
          entity: 'resource:default/events-kafka',
          repository: 'fleet',
          policy: 'observed',
          kafka: {
            members: nodes.map(({ name, clientPort }) => ({
              name,
              host: '127.0.0.1',
              port: clientPort,
            })),
            sasl: {
              mechanism: 'SCRAM-SHA-512',
              username: KAFKA_USERS.monitor.name,
              password: {
                $file: await context.secretFile(KAFKA_USERS.monitor.secret),
              },
            },
            tls: { caFile: context.caFile },
          },
        },
      },
    };
  },

  async load(
    context: FleetContext,
    options: FleetLoadOptions,
  ): Promise<FleetLoadResult> {
    return loadKafka(context, await kafkaNodes(context), options);
  },
};
