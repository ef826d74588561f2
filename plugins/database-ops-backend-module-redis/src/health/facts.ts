import { DatabaseMember } from 'backstage-plugin-database-ops-node';
import { Redis } from 'ioredis';

/** One line of CLUSTER NODES. */
export interface ClusterNode {
  readonly id: string;
  /** `host:port`. */
  readonly address: string;
  readonly flags: readonly string[];
  /** Id of its master; absent for a master. */
  readonly masterId?: string;
  readonly linkState: string;
  readonly slotRanges: readonly string[];
}

/** What one member said about itself and the cluster. */
export interface MemberFacts {
  readonly member: DatabaseMember;
  readonly info: Readonly<Record<string, string>>;
  readonly clusterInfo?: Readonly<Record<string, string>>;
  readonly nodes?: readonly ClusterNode[];
}

/** `key:value` lines, as INFO and CLUSTER INFO give them. */
export function parseInfo(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text
      .split(/\r?\n/)
      .filter(line => line.includes(':') && !line.startsWith('#'))
      .map(line => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon), line.slice(colon + 1)];
      }),
  );
}

/** https://redis.io/docs/latest/commands/cluster-nodes/ */
export function parseClusterNodes(text: string): readonly ClusterNode[] {
  return text
    .split('\n')
    .filter(line => line.length > 0)
    .map(line => {
      const [id, endpoint, flags, master, , , , linkState, ...slots] =
        line.split(' ');
      return {
        id,
        address: endpoint.split('@')[0],
        flags: flags.split(','),
        masterId: master === '-' ? undefined : master,
        linkState,
        // `[…]` entries are slots on the move.
        slotRanges: slots.filter(slot => !slot.startsWith('[')),
      };
    });
}

/**
 * Asks one member everything that the signals need.
 *
 * @throws Error beginning with `LOADING`, as Redis answers any other command
 * then, while the member loads its data
 */
export async function readFacts(
  redis: Redis,
  member: DatabaseMember,
  cluster: boolean,
): Promise<MemberFacts> {
  const info = parseInfo(await redis.info());
  // INFO is answered while clients are still refused.
  if (info.loading === '1') {
    throw new Error(`LOADING ${member.name} is loading its data`);
  }
  if (!cluster) {
    return { member, info };
  }
  const clusterInfo = await redis.call('CLUSTER', 'INFO');
  const nodes = await redis.call('CLUSTER', 'NODES');
  return {
    member,
    info,
    clusterInfo: parseInfo(String(clusterInfo)),
    nodes: parseClusterNodes(String(nodes)),
  };
}
