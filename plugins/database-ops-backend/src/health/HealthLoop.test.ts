import { Heartbeats } from '../metrics/Heartbeats';
import { LoopStage } from '../__testUtils__/LoopStage';
import { readyDatabase, ScriptedEngine, testSignal } from './testDatabases';

jest.setTimeout(60_000);

describe('HealthLoop', () => {
  let stage: LoopStage;

  beforeEach(async () => {
    stage = await LoopStage.create();
  });

  it('hands an engine the signals of the last report, and records what it says happened since', async () => {
    const recorded: string[] = [];
    const engine = new ScriptedEngine();
    const handed: (string | undefined)[] = [];
    engine.check = async (_signal, previous) => {
      handed.push(previous?.at(0)?.sentence);
      return {
        signals: [testSignal({ sentence: `Of check ${engine.checks}.` })],
        events: [
          {
            kind: 'failover',
            member: 'b',
            sentence: `b in place of a at check ${engine.checks}`,
            before: { member: 'a' },
            after: { member: 'b' },
          },
        ],
      };
    };
    const { loop } = stage.createLoop([readyDatabase('orders', engine)], {
      events: {
        record: async ({ id }, { sentence }) =>
          recorded.push(`${id}: ${sentence}`) > 0,
      },
    });
    await stage.run(loop);
    stage.nowMs += 31_000;
    await stage.run(loop);
    expect(handed[0]).toBeUndefined();
    expect(handed[1]).toContain('check 1');
    expect(recorded).toEqual([
      'orders: b in place of a at check 1',
      'orders: b in place of a at check 2',
    ]);
  });

  it('reports what the engine found, with one observer for all checks', async () => {
    const engine = new ScriptedEngine();
    engine.check = async () => ({
      signals: [testSignal({})],
      engineVersion: 'Scripted 1',
    });
    const { loop, reports } = stage.createLoop([
      readyDatabase('orders', engine),
    ]);
    await stage.run(loop);
    stage.nowMs += 30_000;
    await stage.run(loop);
    expect(engine).toMatchObject({ created: 1, checks: 2 });
    expect(await reports.getReport('orders')).toMatchObject({
      engineVersion: 'Scripted 1',
      report: { status: 'healthy', since: '2026-03-01T10:00:00.000Z' },
    });
    await loop.stop();
    expect(engine.closed).toBe(1);
  });

  it('checks a database once an interval, whichever replica comes first', async () => {
    const engine = new ScriptedEngine();
    const database = readyDatabase('orders', engine);
    const first = stage.createLoop([database], { owner: 'one' });
    const second = stage.createLoop([database], { owner: 'two' });
    await Promise.all([stage.run(first.loop), stage.run(second.loop)]);
    stage.nowMs += 15_000;
    await Promise.all([stage.run(first.loop), stage.run(second.loop)]);
    expect(engine.checks).toBe(1);
    stage.nowMs += 15_000;
    await Promise.all([stage.run(first.loop), stage.run(second.loop)]);
    expect(engine.checks).toBe(2);
  });

  it('claims only what it can check now, however long checks take', async () => {
    const checked: string[] = [];
    let answer = () => {};
    const answered = new Promise<void>(resolve => {
      answer = resolve;
    });
    const { loop } = stage.createLoop(
      ['a', 'b', 'c', 'd', 'e'].map(id => {
        const engine = new ScriptedEngine();
        engine.check = async () => {
          checked.push(id);
          await answered;
          return { signals: [testSignal({})] };
        };
        return readyDatabase(id, engine);
      }),
      { timeoutSeconds: 30 },
    );
    for (let round = 0; round < 3; round += 1) {
      await loop.tick();
      // Past every lease.
      stage.nowMs += 50_000;
    }
    const claimed = await stage.knex('health_checks').whereNotNull('owner');
    expect(claimed.map(row => row.database_id).sort()).toEqual(['a', 'b']);
    answer();
    await loop.settled();
    // The two that were kept waiting for an answer are due again by then, after the others.
    expect(checked.slice(0, 5).sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(checked.slice(5).sort()).toEqual(['a', 'b']);
    await loop.stop();
  });

  it('tells browsers only of changes', async () => {
    const engine = new ScriptedEngine();
    engine.check = async () => ({ signals: [testSignal({})] });
    const { loop } = stage.createLoop([readyDatabase('orders', engine)]);
    await stage.run(loop);
    stage.nowMs += 30_000;
    await stage.run(loop);
    expect(stage.published).toEqual([{ type: 'health', databaseId: 'orders' }]);
    engine.check = async () => ({
      signals: [testSignal({ status: 'critical', down: true })],
    });
    stage.nowMs += 30_000;
    await stage.run(loop);
    expect(stage.published).toHaveLength(2);
  });

  it('gives up a check that hangs, replaces its observer and goes on with the others', async () => {
    const hanging = new ScriptedEngine();
    hanging.check = () => new Promise(() => {});
    const well = new ScriptedEngine();
    well.check = async () => ({ signals: [testSignal({})] });
    const { loop, reports } = stage.createLoop([
      readyDatabase('hanging', hanging),
      readyDatabase('well', well),
    ]);
    await stage.run(loop);
    expect((await reports.getReport('hanging'))?.report).toMatchObject({
      status: 'unknown',
      sentence:
        'hanging could not be checked: its checks did not end within 0.05 s.',
    });
    expect((await reports.getReport('well'))?.report.status).toBe('healthy');
    stage.nowMs += 30_000;
    await stage.run(loop);
    expect(hanging).toMatchObject({ created: 2, closed: 2 });
  });

  it('leaves a heartbeat', async () => {
    const { loop } = stage.createLoop([]);
    await stage.run(loop);
    expect(await new Heartbeats({ knex: stage.knex }).list()).toEqual(
      new Map([['health', new Date(stage.nowMs)]]),
    );
  });
});
