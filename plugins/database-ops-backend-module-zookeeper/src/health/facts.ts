import { z } from 'zod';
import { ZooKeeperMember } from '../config';

const monitor = z.object({
  version: z.string(),
  server_state: z.string(),
  avg_latency: z.number(),
  max_latency: z.number(),
  outstanding_requests: z.number(),
  znode_count: z.number(),
  /** Only the leader has it. */
  synced_followers: z.number().optional(),
  quorum_size: z.number().optional(),
});

/** What a server that serves says about itself. */
export interface MemberFacts {
  readonly member: ZooKeeperMember;
  readonly version: string;
  readonly role: string;
  readonly averageLatencyMilliseconds: number;
  readonly maximumLatencyMilliseconds: number;
  readonly outstandingRequests: number;
  readonly znodes: number;
  readonly syncedFollowers?: number;
}

/** @throws when the answer lacks what the signals need; a server without a quorum answers only an `error`. */
export function parseMonitor(
  member: ZooKeeperMember,
  answer: unknown,
): MemberFacts {
  const parsed = monitor.safeParse(answer);
  if (!parsed.success) {
    const said = z.object({ error: z.string() }).safeParse(answer);
    throw new Error(
      said.success
        ? `${member.name} says: ${said.data.error}`
        : `${member.name} answers commands/monitor without ${parsed.error.issues[0].path.join('.')}`,
    );
  }
  const { data } = parsed;
  return {
    member,
    version: data.version.split('-')[0],
    role: data.server_state,
    averageLatencyMilliseconds: data.avg_latency,
    maximumLatencyMilliseconds: data.max_latency,
    outstandingRequests: data.outstanding_requests,
    znodes: data.znode_count,
    syncedFollowers: data.synced_followers,
  };
}
