import { readFile } from 'node:fs/promises';
import { Cluster } from 'ioredis';
import {
  FleetContext,
  FleetLoadOptions,
  FleetLoadResult,
} from '../framework/types';
import { paceWrites } from '../load/pace';
import { REDIS_USERS } from './acl';
import { RedisNode } from './cluster';

/** Hash tags that fall into the three shards of the fleet, so that each shard carries canaries. */
const CANARY_TAGS = ['a', 'b', 'c'] as const;
/** An hour at the usual rate, so that a long demo does not grow without end. */
const SESSION_SECONDS = 3600;
const CANARIES_KEPT = 100_000;

/** Sessions that expire, a counter a user, and a stream of canaries in each shard. */
export async function loadRedis(
  context: FleetContext,
  nodes: readonly RedisNode[],
  options: FleetLoadOptions,
): Promise<FleetLoadResult> {
  const cluster = new Cluster(
    nodes.map(node => ({ host: '127.0.0.1', port: node.port })),
    {
      lazyConnect: true,
      dnsLookup: (address, callback) => callback(null, address),
      slotsRefreshTimeout: 5000,
      redisOptions: {
        username: REDIS_USERS.load.name,
        password: await context.secret(REDIS_USERS.load.secret),
        tls: { ca: await readFile(context.caFile) },
        commandTimeout: 5000,
      },
    },
  );
  cluster.on('error', error => context.log(`redis load: ${error.message}`));
  try {
    await cluster.connect();
    const run = Date.now().toString(36);
    return await paceWrites(options, {
      write: async (first, count) => {
        const writes: Promise<unknown>[] = [];
        for (let number = first; number < first + count; number += 1) {
          const user = number % 5000;
          writes.push(
            cluster.set(
              `session:${run}:${number}`,
              JSON.stringify({ user, startedAt: new Date().toISOString() }),
              'EX',
              SESSION_SECONDS,
            ),
            cluster.hincrby(`user:${user}`, 'sessions', 1),
          );
        }
        await Promise.all(writes);
      },
      canary: async (number, writtenAt) => {
        for (const tag of CANARY_TAGS) {
          await cluster.xadd(
            `dbops:canary:{${tag}}`,
            'MAXLEN',
            '~',
            CANARIES_KEPT,
            '*',
            'run',
            run,
            'number',
            number,
            'writtenAt',
            writtenAt.toISOString(),
          );
        }
      },
    });
  } finally {
    cluster.disconnect();
  }
}
