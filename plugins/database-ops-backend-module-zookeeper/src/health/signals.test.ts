import { followersSignal, leaderSignal } from './ensemble';
import { MemberFacts, parseMonitor } from './facts';
import { latencySignal, outstandingSignal } from './load';

const MEMBERS = [1, 2, 3].map(id => ({
  name: `zk-${id}`,
  host: 'h',
  port: 2280 + id,
  adminPort: 8080 + id,
}));

function facts(
  id: number,
  role: string,
  more: Partial<MemberFacts> = {},
): MemberFacts {
  return {
    member: MEMBERS[id - 1],
    version: '3.9.4',
    role,
    averageLatencyMilliseconds: 1,
    maximumLatencyMilliseconds: 5,
    outstandingRequests: 0,
    znodes: 10,
    ...more,
  };
}

describe('signals of ZooKeeper', () => {
  it('want exactly one leader', () => {
    const leader = facts(1, 'leader', { syncedFollowers: 2 });
    expect(leaderSignal([leader, facts(2, 'follower')])).toMatchObject({
      status: 'ok',
      member: 'zk-1',
    });
    expect(leaderSignal([facts(2, 'follower')]).status).toBe('critical');
    expect(leaderSignal([leader, facts(2, 'leader')])).toMatchObject({
      status: 'critical',
      sentence: expect.stringContaining('zk-1, zk-2'),
    });
    expect(leaderSignal([facts(1, 'standalone')]).status).toBe('ok');
  });

  it('name the follower that is missing', () => {
    expect(
      followersSignal(
        [facts(1, 'leader', { syncedFollowers: 1 }), facts(2, 'follower')],
        MEMBERS,
      ),
    ).toMatchObject({
      status: 'warning',
      value: 1,
      sentence: expect.stringContaining('not following: zk-3'),
    });
    expect(() => followersSignal([facts(2, 'follower')], MEMBERS)).toThrow(
      'no leader answers',
    );
  });

  it('judge the longest queue and the slowest server', () => {
    const slow = facts(2, 'follower', {
      averageLatencyMilliseconds: 250,
      outstandingRequests: 101,
    });
    expect(outstandingSignal([facts(1, 'leader'), slow])).toMatchObject({
      status: 'critical',
      member: 'zk-2',
    });
    expect(latencySignal([facts(1, 'leader'), slow])).toMatchObject({
      status: 'warning',
      member: 'zk-2',
    });
  });
});

describe('an answer of commands/monitor', () => {
  const answer = {
    version: '3.9.4-7246445, built on 2025-08-19',
    server_state: 'leader',
    avg_latency: 0.5,
    max_latency: 7,
    outstanding_requests: 0,
    znode_count: 8,
    synced_followers: 2,
  };

  it('becomes facts', () => {
    expect(parseMonitor(MEMBERS[0], answer)).toMatchObject({
      version: '3.9.4',
      role: 'leader',
      syncedFollowers: 2,
    });
  });

  it('that lacks what is needed is refused with the reason', () => {
    expect(() =>
      parseMonitor(MEMBERS[0], {
        error: 'This ZooKeeper instance is not currently serving requests',
      }),
    ).toThrow('not currently serving');
    expect(() =>
      parseMonitor(MEMBERS[0], { ...answer, avg_latency: 'x' }),
    ).toThrow('zk-1 answers commands/monitor without avg_latency');
  });
});
