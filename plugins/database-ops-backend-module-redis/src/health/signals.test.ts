import { Redis } from 'ioredis';
import { ClusterOutage } from './ClusterOutage';
import { FailoverMemory } from './FailoverMemory';
import { clusterStateSignal, slotsSignal } from './cluster';
import { MemberFacts, parseClusterNodes, parseInfo, readFacts } from './facts';
import { memorySignal } from './memory';
import { aofSignal, rdbSignal } from './persistence';
import { outcomeOf } from './reachability';
import { replicasSignal } from './replicas';

const BEFORE = `aaa 127.0.0.1:7001@17001 myself,master - 0 0 1 connected 0-8191 [93->-bbb]
bbb 127.0.0.1:7002@17002 master - 0 0 2 connected 8192-16383
ccc 127.0.0.1:7003@17003 slave bbb 0 0 2 connected
`;
const AFTER = `aaa 127.0.0.1:7001@17001 myself,master - 0 0 1 connected 0-8191
bbb 127.0.0.1:7002@17002 master,fail - 0 0 2 disconnected
ccc 127.0.0.1:7003@17003 master - 0 0 3 connected 8192-16383
`;

function facts(
  name: string,
  info: Record<string, string>,
  more: Partial<MemberFacts> = {},
): MemberFacts {
  return { member: { name, host: '127.0.0.1', port: 7001 }, info, ...more };
}

describe('what a node says', () => {
  it('is read from INFO and CLUSTER NODES', () => {
    expect(
      parseInfo('# Server\r\nredis_version:7.0.15\r\nurl:a:b\r\n'),
    ).toEqual({ redis_version: '7.0.15', url: 'a:b' });
    const [first, , third] = parseClusterNodes(BEFORE);
    expect(first).toMatchObject({
      address: '127.0.0.1:7001',
      slotRanges: ['0-8191'],
    });
    expect(third.masterId).toBe('bbb');
  });

  it('lets the successor of a lost master be named', () => {
    const memory = new FailoverMemory();
    memory.remember(facts('a', {}, { nodes: parseClusterNodes(BEFORE) }));
    const now = facts('a', {}, { nodes: parseClusterNodes(AFTER) });
    memory.remember(now);
    expect(memory.successorOf('127.0.0.1:7002', now)).toBe('127.0.0.1:7003');
    expect(memory.successorOf('127.0.0.1:7001', now)).toBeUndefined();
  });
});

describe('a cluster that refuses its clients', () => {
  const at = (seconds: number) => new Date(seconds * 1000);
  const say = (...states: string[]) =>
    states.map((state, index) =>
      facts(`n${index}`, {}, { clusterInfo: { cluster_state: state } }),
    );

  it('is down when every answering node has said so for longer than a failover takes', () => {
    const outage = new ClusterOutage();
    const check = (seconds: number, ...states: string[]) =>
      clusterStateSignal(
        say(...states),
        outage.remember(say(...states), at(seconds)),
      );
    const first = check(0, 'fail', 'fail');
    expect(first.status).toBe('critical');
    expect(first.down).toBeUndefined();
    expect(check(30, 'fail', 'fail')).toMatchObject({
      status: 'critical',
      down: true,
      sentence: expect.stringContaining('(n0, n1)'),
    });
    expect(check(60, 'ok', 'ok').status).toBe('ok');
    expect(check(90, 'fail', 'fail').down).toBeUndefined();
  });

  it('is not down while a failover may be under way or a node sees it whole', () => {
    const outage = new ClusterOutage();
    expect(outage.remember(say('fail', 'fail'), at(0))).toBeUndefined();
    expect(outage.remember(say('fail', 'fail'), at(2))).toBeUndefined();
    expect(outage.remember(say('fail', 'ok'), at(30))).toBeUndefined();
    expect(outage.remember(say('fail', 'fail'), at(60))).toBeUndefined();
    expect(outage.remember([], at(90))).toBeUndefined();
    expect(outage.remember(say('fail'), at(120))).toBeUndefined();
  });
});

describe('signals of Redis', () => {
  it('are critical when a node holds the cluster for broken or slots are not served', () => {
    const clusterInfo = { cluster_state: 'fail', cluster_slots_ok: '10923' };
    const broken = [facts('a', {}, { clusterInfo })];
    expect(clusterStateSignal(broken)).toMatchObject({ status: 'critical' });
    expect(slotsSignal(broken)).toMatchObject({
      status: 'critical',
      value: 10923,
      sentence: expect.stringContaining('5461 of 16384'),
    });
  });

  it('warn of a master without a connected replica, and not of one without slots', () => {
    const nodes = parseClusterNodes(AFTER);
    const alone = facts(
      'a',
      {
        role: 'master',
        connected_slaves: '1',
        slave0: 'ip=x,state=wait_bgsave',
      },
      { nodes },
    );
    expect(replicasSignal([alone])).toMatchObject({
      status: 'warning',
      member: 'a',
    });
    const empty = parseClusterNodes(
      'aaa 127.0.0.1:7001@17001 myself,master - 0 0 1 connected\n',
    );
    expect(
      replicasSignal([facts('a', { role: 'master' }, { nodes: empty })]).status,
    ).toBe('unknown');
    expect(
      replicasSignal([
        facts('a', { role: 'master', slave0: 'ip=x,state=online' }, { nodes }),
      ]).status,
    ).toBe('ok');
  });

  it('judge the member that is nearest to its maxmemory, and compare with nothing where there is none', () => {
    const gib = 1024 ** 3;
    const member = (name: string, used: number, limit: number) =>
      facts(name, { used_memory: String(used), maxmemory: String(limit) });
    expect(
      memorySignal([member('a', gib, 0), member('b', gib * 0.95, gib)]),
    ).toMatchObject({ status: 'critical', member: 'b', value: 95 });
    expect(memorySignal([member('a', gib, 0)])).toMatchObject({
      status: 'ok',
      unit: 'By',
      sentence: expect.stringContaining('no maxmemory'),
    });
  });

  it('are critical when a save or a write of the append-only file failed', () => {
    const well = {
      rdb_last_bgsave_status: 'ok',
      rdb_last_save_time: '1000',
      aof_enabled: '1',
      aof_last_write_status: 'ok',
      aof_last_bgrewrite_status: 'ok',
    };
    const now = new Date(1_060_000);
    expect(rdbSignal([facts('a', well)], now)).toMatchObject({
      status: 'ok',
      value: 60,
    });
    expect(
      rdbSignal([facts('a', { ...well, rdb_last_bgsave_status: 'err' })], now),
    ).toMatchObject({ status: 'critical', member: 'a' });
    expect(aofSignal([facts('a', well)]).status).toBe('ok');
    expect(
      aofSignal([facts('a', { ...well, aof_last_write_status: 'err' })]),
    ).toMatchObject({
      status: 'critical',
      sentence: expect.stringContaining('last write'),
    });
  });
});

describe('an error of a question to a node', () => {
  it.each([
    ['LOADING Redis is loading the dataset in memory', 'not-serving'],
    ['WRONGPASS invalid username-password pair', 'unjudged'],
    ['NOPERM this user has no permissions', 'unjudged'],
    ['Command timed out', 'silent'],
    ['self-signed certificate in certificate chain', 'unjudged'],
  ])('%s means %s', (message, state) => {
    expect(outcomeOf(new Error(message)).state).toBe(state);
  });

  it('is made for a node that only tells about itself while it loads its data', async () => {
    const loading = {
      info: async () => 'redis_version:7.0.15\r\nloading:1\r\n',
    } as unknown as Redis;
    const { member } = facts('a', {});
    const error = await readFacts(loading, member, false).catch(each => each);
    expect(outcomeOf(error)).toEqual({
      state: 'not-serving',
      reason: 'it is loading its data',
    });
  });

  it('that is a refusal means that the node is away', () => {
    const refused = Object.assign(new Error('connect'), {
      code: 'ECONNREFUSED',
    });
    expect(outcomeOf(refused)).toEqual({ state: 'refusing' });
  });
});
