import { join } from 'node:path';
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
import { ZOOKEEPER_USERS, digestOf } from './acl';
import { loadZooKeeper } from './load';
import { acceptsTls } from './probe';
import { withZooKeeper } from './session';
import { closeTree } from './tree';

const NODE_COUNT = 3;
const QUORUM = 2;

const JAVA_FLAGS = [
  '-Xmx96m',
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-Djava.net.preferIPv4Stack=true',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
];

interface ZooKeeperNode {
  readonly name: string;
  readonly id: number;
  readonly clientPort: number;
  readonly adminPort: number;
  readonly quorumPort: number;
  readonly electionPort: number;
}

async function nodesOf(
  context: FleetContext,
): Promise<readonly ZooKeeperNode[]> {
  return Promise.all(
    Array.from({ length: NODE_COUNT }, async (_, index) => {
      const name = `fleet-zookeeper-${index + 1}`;
      return {
        name,
        id: index + 1,
        clientPort: await context.port(name),
        adminPort: await context.port(`${name}-admin`),
        quorumPort: await context.port(`${name}-quorum`),
        electionPort: await context.port(`${name}-election`),
      };
    }),
  );
}

/** Holds store passwords, so it is written with mode 0600. */
async function serverConfiguration(
  context: FleetContext,
  options: {
    readonly node: ZooKeeperNode;
    readonly nodes: readonly ZooKeeperNode[];
    readonly dataDirectory: string;
  },
): Promise<string> {
  const { node, nodes, dataDirectory } = options;
  const { keyStore, trustStore, passwordSecret } = await context.javaStores(
    node.name,
  );
  const storePassword = await context.secret(passwordSecret);
  const superPassword = await context.secret(ZOOKEEPER_USERS.super.secret);
  const stores = (prefix: string): Record<string, string> => ({
    [`${prefix}.keyStore.location`]: keyStore,
    [`${prefix}.keyStore.password`]: storePassword,
    [`${prefix}.keyStore.type`]: 'PKCS12',
    [`${prefix}.trustStore.location`]: trustStore,
    [`${prefix}.trustStore.password`]: storePassword,
    [`${prefix}.trustStore.type`]: 'PKCS12',
  });
  const settings: Record<string, string> = {
    tickTime: '1000',
    initLimit: '20',
    syncLimit: '5',
    dataDir: dataDirectory,
    secureClientPort: String(node.clientPort),
    secureClientPortAddress: '127.0.0.1',
    serverCnxnFactory: 'org.apache.zookeeper.server.NettyServerCnxnFactory',
    'ssl.clientAuth': 'none',
    ...stores('ssl'),
    sslQuorum: 'true',
    'ssl.quorum.clientAuth': 'need',
    ...stores('ssl.quorum'),
    'DigestAuthenticationProvider.superDigest': digestOf(
      ZOOKEEPER_USERS.super.name,
      superPassword,
    ),
    reconfigEnabled: 'false',
    '4lw.commands.whitelist': 'ruok',
    'admin.serverAddress': '127.0.0.1',
    'admin.serverPort': String(node.adminPort),
    'admin.portUnification': 'false',
    'admin.forceHttps': 'true',
    'admin.needClientAuth': 'false',
    'admin.snapshot.enabled': 'true',
    'admin.restore.enabled': 'false',
    'serializeLastProcessedZxid.enabled': 'true',
    'autopurge.purgeInterval': '1',
    ...Object.fromEntries(
      nodes.map(({ id, quorumPort, electionPort }) => [
        `server.${id}`,
        `127.0.0.1:${quorumPort}:${electionPort}`,
      ]),
    ),
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

/** The first server of an ensemble that is being started has no quorum yet: its admin server must do. */
async function isReady(
  context: FleetContext,
  node: ZooKeeperNode,
  processes: readonly FleetProcess[],
): Promise<boolean> {
  const states = await Promise.all(processes.map(each => each.state()));
  if (states.filter(state => state === 'running').length < QUORUM) {
    return acceptsTls(context, node.adminPort);
  }
  return withZooKeeper(
    context,
    {
      ports: [node.clientPort],
      user: ZOOKEEPER_USERS.super,
      connectSeconds: 3,
    },
    async () => true,
  );
}

/** Three ZooKeepers: TLS for clients, among themselves and on the admin server; a tree that only known digests can read. */
export const zookeeperGroup: FleetGroupDefinition = {
  group: 'zookeeper',
  needs: [],
  startsTogether: true,

  async prepare(context: FleetContext): Promise<readonly FleetMember[]> {
    const nodes = await nodesOf(context);
    const java = await context.tool('java');
    const classPath = await context.classPath('zookeeper');
    const processes: FleetProcess[] = [];
    for (const node of nodes) {
      const folder = await context.folder(`zookeeper/${node.name}`, {
        owner: 'service',
      });
      const dataDirectory = await context.folder(
        `zookeeper/${node.name}/data`,
        { owner: 'service' },
      );
      await writeOwnedFile(
        context,
        join(dataDirectory, 'myid'),
        `${node.id}\n`,
      );
      const configFile = join(folder, 'zoo.cfg');
      await writeOwnedFile(
        context,
        configFile,
        await serverConfiguration(context, { node, nodes, dataDirectory }),
      );
      processes.push(
        context.process({
          name: node.name,
          command: java,
          args: [
            ...JAVA_FLAGS,
            '-cp',
            classPath,
            'org.apache.zookeeper.server.quorum.QuorumPeerMain',
            configFile,
          ],
          cwd: folder,
          asServiceUser: true,
          stopSeconds: 10,
          ready: () => isReady(context, node, processes),
          readySeconds: 60,
        }),
      );
    }
    return nodes.map((node, index) => ({
      name: node.name,
      group: 'zookeeper',
      ports: {
        client: node.clientPort,
        admin: node.adminPort,
        quorum: node.quorumPort,
        election: node.electionPort,
      },
      start: () => processes[index].start(),
      stop: options => processes[index].stop(options),
      state: () => processes[index].state(),
    }));
  },

  async provision(context: FleetContext): Promise<void> {
    const nodes = await nodesOf(context);
    await closeTree(
      context,
      nodes.map(({ clientPort }) => clientPort),
    );
  },

  async configuration(context: FleetContext): Promise<FleetConfigurationPart> {
    const nodes = await nodesOf(context);
    return {
      databases: {
        'coordination-zookeeper': {
          title: 'Coordination',
          engine: 'zookeeper',
          environment: 'production',
          entity: 'resource:default/coordination-zookeeper',
          repository: 'fleet',
          policy: 'observed',
          zookeeper: {
            members: nodes.map(({ name, clientPort, adminPort }) => ({
              name,
              host: '127.0.0.1',
              port: clientPort,
              adminPort,
            })),
            username: ZOOKEEPER_USERS.monitor.name,
            password: {
              $file: await context.secretFile(ZOOKEEPER_USERS.monitor.secret),
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
    const nodes = await nodesOf(context);
    return loadZooKeeper(
      context,
      nodes.map(({ clientPort }) => clientPort),
      options,
    );
  },
};
