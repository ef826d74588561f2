import { Limits } from '../Limits';
import { lockWaits } from './lockChecks';
import { MemberChecks } from './MemberChecks';
import { preparedTransactions } from './preparedTransactions';
import { STANDBY_CHECKS, worstOfEach } from './standbyChecks';

const limits = new Limits();
const server = { versionNumber: 150_000, has: () => true };

function session(pid: number, blockedBy: number[], waitSeconds = 40) {
  return {
    pid,
    user: 'app',
    application: 'orders',
    database: 'app',
    state: 'active',
    waitSeconds: blockedBy.length > 0 ? waitSeconds : null,
    blockedBy,
  };
}

function judgeLocks(sessions: ReturnType<typeof session>[]) {
  return lockWaits.judge([{ sessions }], { member: 'pg-1', limits });
}

describe('lock waits', () => {
  it('draw the tree from its root, each session once, and give it as data', () => {
    const sessions = [
      session(1, []),
      session(2, [1]),
      session(3, [2], 70),
      session(4, [1, 2]),
    ];
    const signal = judgeLocks(sessions);
    expect(signal).toMatchObject({ status: 'warning', value: 70 });
    expect(signal?.sentence).toBe(
      '3 sessions wait for a lock on pg-1, the longest for 70 s: pid 1 (app, active) blocks 2 (which blocks 3), 4.',
    );
    expect(signal?.details).toEqual({ sessions });
  });

  it('name a prepared transaction, which has no session', () => {
    const root = { ...session(0, []), user: null, state: null };
    expect(
      judgeLocks([
        root as unknown as ReturnType<typeof session>,
        session(5, [0]),
      ])?.sentence,
    ).toContain('a prepared transaction blocks 5');
  });

  it('end although sessions wait for each other', () => {
    const signal = judgeLocks([session(1, [2]), session(2, [1])]);
    expect(signal?.sentence).toBe(
      '2 sessions wait for a lock on pg-1, the longest for 40 s.',
    );
  });
});

describe('prepared transactions', () => {
  it('are judged by their age, without their name', () => {
    expect(
      preparedTransactions.judge(
        [{ found: 2, database: 'app', seconds: 4000 }],
        {
          member: 'pg-1',
          limits,
        },
      ),
    ).toMatchObject({ status: 'critical', value: 4000 });
  });
});

describe('checks of standbys', () => {
  async function twice(counts: readonly [number, number], apartSeconds = 600) {
    let asked = 0;
    const checks = new MemberChecks(
      STANDBY_CHECKS,
      limits,
      () => asked * apartSeconds,
    );
    const ask = async (sql: string) => ({
      ok: true as const,
      value: sql.includes('conflicts')
        ? [{ count: counts[asked++], cause: 'a lock' }]
        : [{ paused: true }],
    });
    await checks.run('pg-2', server, ask);
    return checks.run('pg-2', server, ask);
  }

  it('judge conflicts by how fast they came over the last hour', async () => {
    const [conflicts, replay] = await twice([100, 140]);
    expect(conflicts).toMatchObject({
      status: 'critical',
      value: 240,
      sentence:
        'Replay on pg-2 canceled 40 queries in 10 min 0 s (140 in all, mostly for a lock).',
    });
    expect(replay.status).toBe('warning');
  });

  it('do not judge by what replay canceled between two checks', async () => {
    const [conflicts] = await twice([100, 102], 30);
    expect(conflicts).toMatchObject({
      status: 'ok',
      value: 240,
      sentence:
        'Replay on pg-2 canceled 2 queries in 30 s (102 in all, mostly for a lock); a rate is judged from 10 min on.',
    });
  });

  it('take one canceled query for no rate', async () => {
    const [conflicts] = await twice([0, 1]);
    expect(conflicts.status).toBe('ok');
    const [more] = await twice([0, 2]);
    expect(more.status).toBe('warning');
  });

  it('say nothing of counters that were reset meanwhile', async () => {
    const [conflicts] = await twice([100, 3]);
    expect(conflicts).toMatchObject({ status: 'ok' });
    expect(conflicts.value).toBeUndefined();
  });

  it('report the worst of several standbys', async () => {
    const good = await twice([1, 1]);
    const bad = await twice([1, 200]);
    expect(worstOfEach([good, bad])[0].status).toBe('critical');
    expect(worstOfEach([bad, good])).toHaveLength(STANDBY_CHECKS.length);
  });
});

describe('MemberChecks', () => {
  it('say unknown for what this version does not keep, and ask nothing', async () => {
    const ask = jest.fn();
    const [signal] = await new MemberChecks(
      [
        {
          id: 'timescaledb-jobs-failed',
          sql: ({ has }) => (has('a.b.c') ? 'SELECT 1' : undefined),
          judge: () => undefined,
        },
      ],
      limits,
    ).run('pg-1', { ...server, has: () => false }, ask);
    expect(signal).toMatchObject({
      status: 'unknown',
      sentence: expect.stringContaining('this version does not keep'),
    });
    expect(ask).not.toHaveBeenCalled();
  });
});
