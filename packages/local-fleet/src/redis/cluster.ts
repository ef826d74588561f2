import { setTimeout as delay } from 'node:timers/promises';
import { FleetContext } from '../framework/types';
import { withRedisAdmin } from './client';

/** One node as the fleet laid it out. */
export interface RedisNode {
  readonly name: string;
  readonly port: number;
  readonly busPort: number;
}

const SLOTS = 16384;
const FORM_SECONDS = 60;

async function clusterInfo(
  context: FleetContext,
  node: RedisNode,
): Promise<Record<string, string>> {
  const text = await withRedisAdmin(context, node.port, redis =>
    redis.call('CLUSTER', 'INFO'),
  );
  return Object.fromEntries(
    String(text)
      .split('\r\n')
      .filter(line => line.includes(':'))
      .map(line => line.split(':', 2)),
  );
}

async function until(
  what: string,
  condition: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + FORM_SECONDS * 1000;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw new Error(
        `Redis Cluster: ${what} did not happen within ${FORM_SECONDS} s; see logs/fleet-redis-*.log.`,
      );
    }
    await delay(200);
  }
}

/**
 * Joins the nodes: the first half become masters with equal shares of the
 * slots, node `n + half` replicates node `n`. Does nothing to a cluster that
 * was formed before, but waits for it. Made by commands instead of
 * `redis-cli --cluster create` so that it is known which replica belongs to
 * which master.
 */
export async function formCluster(
  context: FleetContext,
  nodes: readonly RedisNode[],
): Promise<void> {
  const half = nodes.length / 2;
  const [first] = nodes;
  const masters = nodes.slice(0, half);
  const before = await clusterInfo(context, first);
  if (before.cluster_slots_assigned !== String(SLOTS)) {
    for (const [index, master] of masters.entries()) {
      const from = Math.floor((index * SLOTS) / half);
      const to = Math.floor(((index + 1) * SLOTS) / half) - 1;
      const assigned = await clusterInfo(context, master);
      if (assigned.cluster_slots_assigned === '0') {
        await withRedisAdmin(context, master.port, redis =>
          redis.call('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to)),
        );
      }
    }
    await withRedisAdmin(context, first.port, async redis => {
      for (const node of nodes.slice(1)) {
        await redis.call(
          'CLUSTER',
          'MEET',
          '127.0.0.1',
          String(node.port),
          String(node.busPort),
        );
      }
    });
  }
  for (const node of nodes) {
    await until(`${node.name} knowing all nodes`, async () => {
      const info = await clusterInfo(context, node);
      return (
        info.cluster_known_nodes === String(nodes.length) &&
        info.cluster_slots_assigned === String(SLOTS)
      );
    });
  }
  await attachReplicas(context, nodes);
  for (const node of nodes) {
    await until(`cluster_state ok on ${node.name}`, async () => {
      const info = await clusterInfo(context, node);
      return (
        info.cluster_state === 'ok' &&
        (await knownReplicas(context, node)) === half
      );
    });
  }
  await until('a connected replica of every master', async () => {
    let links = 0;
    for (const node of nodes) {
      const text = await withRedisAdmin(context, node.port, redis =>
        redis.info('replication'),
      );
      links += text.includes('master_link_status:up') ? 1 : 0;
    }
    return links >= half;
  });
}

/** Nodes hear of each other's roles by gossip, some later than others. */
async function knownReplicas(
  context: FleetContext,
  node: RedisNode,
): Promise<number> {
  const view = await withRedisAdmin(context, node.port, redis =>
    redis.call('CLUSTER', 'NODES'),
  );
  return String(view)
    .split('\n')
    .filter(line => line.includes('slave')).length;
}

/** A node without slots that is nobody's replica yet takes its planned master. */
async function attachReplicas(
  context: FleetContext,
  nodes: readonly RedisNode[],
): Promise<void> {
  const half = nodes.length / 2;
  for (const [index, node] of nodes.slice(half).entries()) {
    const view = String(
      await withRedisAdmin(context, node.port, redis =>
        redis.call('CLUSTER', 'NODES'),
      ),
    );
    const myself = view.split('\n').find(line => line.includes('myself'));
    const [, , flags, , , , , , ...slots] = myself?.split(' ') ?? [];
    if (flags?.includes('slave') || slots.length > 0) {
      continue;
    }
    const masterId = await withRedisAdmin(context, nodes[index].port, redis =>
      redis.call('CLUSTER', 'MYID'),
    );
    await withRedisAdmin(context, node.port, redis =>
      redis.call('CLUSTER', 'REPLICATE', String(masterId)),
    );
  }
}
