import { join } from 'node:path';
import {
  FleetConfigurationPart,
  FleetContext,
  FleetGroupDefinition,
  FleetLoadOptions,
  FleetLoadResult,
  FleetMember,
} from '../framework/types';
import { writeOwnedFile } from '../framework/ownedFile';
import { REDIS_USERS, aclFile } from './acl';
import { withRedisAdmin } from './client';
import { RedisNode, formCluster } from './cluster';
import { loadRedis } from './load';

const NODE_COUNT = 6;

async function nodesOf(context: FleetContext): Promise<readonly RedisNode[]> {
  return Promise.all(
    Array.from({ length: NODE_COUNT }, async (_, index) => {
      const name = `fleet-redis-${index + 1}`;
      return {
        name,
        port: await context.port(name),
        busPort: await context.port(`${name}-bus`),
      };
    }),
  );
}

async function serverConfiguration(
  context: FleetContext,
  node: RedisNode,
  files: { readonly dataDirectory: string; readonly aclFile: string },
): Promise<string> {
  const certificate = await context.certificate(node.name, {
    owner: 'service',
  });
  const settings: readonly (readonly [string, string])[] = [
    ['bind', '127.0.0.1'],
    ['port', '0'],
    ['tls-port', String(node.port)],
    ['tls-cert-file', certificate.certFile],
    ['tls-key-file', certificate.keyFile],
    ['tls-ca-cert-file', certificate.caFile],
    // Clients authenticate by ACL user; a certificate, where shown, is verified.
    ['tls-auth-clients', 'optional'],
    ['tls-cluster', 'yes'],
    ['tls-replication', 'yes'],
    ['cluster-enabled', 'yes'],
    ['cluster-port', String(node.busPort)],
    ['cluster-config-file', 'nodes.conf'],
    // A lost master is replaced well inside the 60 s in which health must name it.
    ['cluster-node-timeout', '5000'],
    ['aclfile', files.aclFile],
    ['masteruser', REDIS_USERS.replication.name],
    ['masterauth', await context.secret(REDIS_USERS.replication.secret)],
    ['dir', files.dataDirectory],
    ['appendonly', 'yes'],
    // A member that comes back is a replica at once, not after the default 5 s.
    ['repl-diskless-sync-delay', '0'],
    ['maxmemory', '128mb'],
    ['maxmemory-policy', 'noeviction'],
    ['daemonize', 'no'],
  ];
  return settings.map(([key, value]) => `${key} ${value}\n`).join('');
}

async function member(
  context: FleetContext,
  node: RedisNode,
): Promise<FleetMember> {
  const dataDirectory = await context.folder(`redis/${node.name}`, {
    owner: 'service',
  });
  const acl = join(dataDirectory, 'users.acl');
  await writeOwnedFile(
    context,
    acl,
    await aclFile(name => context.secret(name)),
  );
  const configFile = join(dataDirectory, 'redis.conf');
  await writeOwnedFile(
    context,
    configFile,
    await serverConfiguration(context, node, { dataDirectory, aclFile: acl }),
  );
  const server = context.process({
    name: node.name,
    command: await context.tool('redis-server'),
    args: [configFile],
    cwd: dataDirectory,
    asServiceUser: true,
    stopSeconds: 15,
    ready: async () =>
      withRedisAdmin(context, node.port, async redis => {
        return (await redis.ping()) === 'PONG';
      }),
    readySeconds: 60,
  });
  return {
    name: node.name,
    group: 'redis',
    ports: { client: node.port, bus: node.busPort },
    start: () => server.start(),
    stop: options => server.stop(options),
    state: () => server.state(),
  };
}

/** Redis Cluster of three masters and three replicas: TLS only, ACL users, append-only files. */
export const redisGroup: FleetGroupDefinition = {
  group: 'redis',
  needs: [],
  startsTogether: true,

  async prepare(context: FleetContext): Promise<readonly FleetMember[]> {
    const nodes = await nodesOf(context);
    return Promise.all(nodes.map(node => member(context, node)));
  },

  async provision(context: FleetContext): Promise<void> {
    await formCluster(context, await nodesOf(context));
  },

  async configuration(context: FleetContext): Promise<FleetConfigurationPart> {
    const nodes = await nodesOf(context);
    return {
      databases: {
        'sessions-redis': {
          title: 'Sessions',
          engine: 'redis',
          environment: 'production',
          entity: 'resource:default/sessions-redis',
          repository: 'fleet',
          policy: 'observed',
          redis: {
            cluster: true,
            members: nodes.map(({ name, port }) => ({
              name,
              host: '127.0.0.1',
              port,
            })),
            username: REDIS_USERS.monitor.name,
            password: {
              $file: await context.secretFile(REDIS_USERS.monitor.secret),
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
    return loadRedis(context, await nodesOf(context), options);
  },
};
