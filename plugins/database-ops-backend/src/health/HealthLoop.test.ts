import { mockServices, TestDatabases } from '@backstage/backend-test-utils';
import {
  DatabaseOpsSignal,
  Freshness,
} from 'backstage-plugin-database-ops-common';
import { okSignal, warningSignal } from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { MIGRATIONS_DIRECTORY } from '../database/applyMigrations';
import { ManagedDatabase } from '../databases/types';
import { FreshnessReader } from '../freshness/types';
import { SignalSource } from '../monitoring/types';
import { Heartbeats } from '../metrics/Heartbeats';
import { HealthCheckTurns } from './HealthCheckTurns';
import { HealthEventSink } from './HealthEvents';
import { HealthLoop } from './HealthLoop';
import { HealthReportStore } from './HealthReportStore';
import { Observers } from './Observers';
import { RepositoryProbe } from './RepositoryProbe';
import {
  catalogOf,
  readyDatabase,
  ScriptedEngine,
  TEST_REPOSITORY,
  testSignal,
} from './testDatabases';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3'] });

describe('HealthLoop', () => {
  let knex: Knex;
  let nowMs: number;
  let published: DatabaseOpsSignal[];
  const clock = () => new Date(nowMs);
  const logger = mockServices.logger.mock();

  beforeEach(async () => {
    knex = await databases.init('SQLITE_3');
    await knex.migrate.latest({ directory: MIGRATIONS_DIRECTORY });
    nowMs = Date.parse('2026-03-01T10:00:00.000Z');
    published = [];
  });

  function createLoop(
    managed: readonly ManagedDatabase[],
    options: {
      readonly owner?: string;
      readonly repositories?: Pick<RepositoryProbe, 'signalsOf' | 'close'>;
      readonly freshness?: Freshness;
      readonly signalSources?: readonly SignalSource[];
      readonly timeoutSeconds?: number;
      readonly events?: HealthEventSink;
    } = {},
  ) {
    const reports = new HealthReportStore({ knex, clock });
    const freshness: FreshnessReader = {
      getFreshness: async () =>
        options.freshness ?? {
          state: 'missed',
          sentence: 'The last backup is 2 h old.',
          ageSeconds: 7200,
          objectiveSeconds: 3600,
        },
      listFreshness: async () => new Map(),
    };
    const loop = new HealthLoop({
      databases: catalogOf(...managed),
      turns: new HealthCheckTurns({
        knex,
        owner: options.owner ?? 'one',
        leaseSeconds: 40,
      }),
      reports,
      observers: new Observers({
        logger,
        timeoutSeconds: options.timeoutSeconds ?? 0.05,
      }),
      repositories: (options.repositories ?? {
        signalsOf: async () => [],
        close: async () => {},
      }) as RepositoryProbe,
      events: options.events ?? { record: async () => true },
      reachable: { noteReachable: async () => false },
      freshness,
      signalSources: options.signalSources ?? [],
      heartbeats: new Heartbeats({ knex, clock }),
      publish: signal => published.push(signal),
      logger,
      intervalSeconds: 30,
      concurrency: 2,
      clock,
    });
    return { loop, reports };
  }

  async function run(loop: HealthLoop) {
    await loop.tick();
    await loop.settled();
  }

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
    const { loop } = createLoop([readyDatabase('orders', engine)], {
      events: {
        record: async ({ id }, { sentence }) =>
          recorded.push(`${id}: ${sentence}`) > 0,
      },
    });
    await run(loop);
    nowMs += 31_000;
    await run(loop);
    expect(handed[0]).toBeUndefined();
    expect(handed[1]).toContain('check 1');
    expect(recorded).toEqual([
      'orders: b in place of a at check 1',
      'orders: b in place of a at check 2',
    ]);
  });

  it('adds what the plugin itself knows, and says what of it could not be read', async () => {
    const source = (id: string, read: SignalSource['read']) => ({
      id,
      title: id,
      read,
    });
    const { loop, reports } = createLoop(
      [readyDatabase('orders', new ScriptedEngine())],
      {
        signalSources: [
          source('known', async () => [
            warningSignal({
              id: 'known',
              title: 'Known',
              sentence: 'So it is.',
            }),
          ]),
          source('lost', async () => {
            throw new Error('the table is gone');
          }),
        ],
      },
    );
    await run(loop);
    const { signals } = (await reports.getReport('orders'))!.report;
    expect(signals).toContainEqual(
      expect.objectContaining({ id: 'known', status: 'warning' }),
    );
    expect(signals).toContainEqual(
      expect.objectContaining({
        id: 'lost',
        status: 'unknown',
        sentence: 'It could not be read: the table is gone',
      }),
    );
  });

  it('reports what the engine found, with one observer for all checks', async () => {
    const engine = new ScriptedEngine();
    engine.check = async () => ({
      signals: [testSignal({})],
      engineVersion: 'Scripted 1',
    });
    const { loop, reports } = createLoop([readyDatabase('orders', engine)]);
    await run(loop);
    nowMs += 30_000;
    await run(loop);
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
    const first = createLoop([database], { owner: 'one' });
    const second = createLoop([database], { owner: 'two' });
    await Promise.all([run(first.loop), run(second.loop)]);
    nowMs += 15_000;
    await Promise.all([run(first.loop), run(second.loop)]);
    expect(engine.checks).toBe(1);
    nowMs += 15_000;
    await Promise.all([run(first.loop), run(second.loop)]);
    expect(engine.checks).toBe(2);
  });

  it('claims only what it can check now, however long checks take', async () => {
    const checked: string[] = [];
    let answer = () => {};
    const answered = new Promise<void>(resolve => {
      answer = resolve;
    });
    const { loop } = createLoop(
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
      nowMs += 50_000;
    }
    const claimed = await knex('health_checks').whereNotNull('owner');
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
    const { loop } = createLoop([readyDatabase('orders', engine)]);
    await run(loop);
    nowMs += 30_000;
    await run(loop);
    expect(published).toEqual([{ type: 'health', databaseId: 'orders' }]);
    engine.check = async () => ({
      signals: [testSignal({ status: 'critical', down: true })],
    });
    nowMs += 30_000;
    await run(loop);
    expect(published).toHaveLength(2);
  });

  it('gives up a check that hangs, replaces its observer and goes on with the others', async () => {
    const hanging = new ScriptedEngine();
    hanging.check = () => new Promise(() => {});
    const well = new ScriptedEngine();
    well.check = async () => ({ signals: [testSignal({})] });
    const { loop, reports } = createLoop([
      readyDatabase('hanging', hanging),
      readyDatabase('well', well),
    ]);
    await run(loop);
    expect((await reports.getReport('hanging'))?.report).toMatchObject({
      status: 'unknown',
      sentence:
        'hanging could not be checked: its checks did not end within 0.05 s.',
    });
    expect((await reports.getReport('well'))?.report.status).toBe('healthy');
    nowMs += 30_000;
    await run(loop);
    expect(hanging).toMatchObject({ created: 2, closed: 2 });
  });

  it('keeps what an observer found until its time was up', async () => {
    const engine = new ScriptedEngine();
    engine.check = signal =>
      new Promise(resolve => {
        signal.addEventListener('abort', () =>
          resolve({
            signals: [
              testSignal({}),
              testSignal({ id: 'lag', status: 'unknown', sentence: 'No lag.' }),
            ],
          }),
        );
      });
    const { loop, reports } = createLoop([readyDatabase('orders', engine)]);
    await run(loop);
    expect((await reports.getReport('orders'))?.report).toMatchObject({
      status: 'unknown',
      sentence: 'No lag.',
      counts: { ok: 1, unknown: 1 },
    });
  });

  it('reports an engine that throws as unknown with the reason', async () => {
    const engine = new ScriptedEngine();
    engine.check = async () => {
      throw new Error('no route to host');
    };
    const { loop, reports } = createLoop([readyDatabase('orders', engine)]);
    await run(loop);
    expect((await reports.getReport('orders'))?.report).toMatchObject({
      status: 'unknown',
      sentence: 'orders could not be checked: no route to host',
    });
  });

  it('shows a quarantined database as unknown with the path of the key', async () => {
    const { loop, reports } = createLoop([
      {
        id: 'broken',
        title: 'Broken',
        engineKind: 'scripted',
        quarantine: {
          path: 'databaseOps.databases.broken.scripted.port',
          message: 'expected a number',
        },
      },
    ]);
    await run(loop);
    expect((await reports.getReport('broken'))?.report).toMatchObject({
      status: 'unknown',
      sentence:
        'Configuration is wrong at databaseOps.databases.broken.scripted.port: expected a number',
      signals: [],
    });
  });

  it('adds backup age and repository to the signals of a database that is backed up', async () => {
    const engine = new ScriptedEngine();
    engine.check = async () => ({ signals: [testSignal({})] });
    const observed = new ScriptedEngine({ takesBackups: false });
    observed.check = engine.check;
    const { loop, reports } = createLoop(
      [
        readyDatabase('orders', engine, { repository: TEST_REPOSITORY }),
        readyDatabase('watched', observed, { repository: TEST_REPOSITORY }),
      ],
      {
        repositories: {
          signalsOf: async () => [
            okSignal({
              id: 'repository-writable',
              title: 'Repository writable',
              sentence: 'Writable.',
            }),
          ],
          close: async () => {},
        },
      },
    );
    await run(loop);
    const report = (await reports.getReport('orders'))?.report;
    expect(report).toMatchObject({
      status: 'degraded',
      sentence: 'The last backup is 2 h old.',
    });
    expect(report?.signals.map(signal => signal.id)).toEqual([
      'reachable',
      'backup-age',
      'repository-writable',
    ]);
    expect(
      (await reports.getReport('watched'))?.report.signals.map(
        signal => signal.id,
      ),
    ).toEqual(['reachable', 'repository-writable']);
  });

  it('says of a healthy database to when it is restorable, where it has backups', async () => {
    const healthy = (takesBackups: boolean) => {
      const engine = new ScriptedEngine({ takesBackups });
      engine.check = async () => ({ signals: [testSignal({})] });
      return engine;
    };
    const { loop, reports } = createLoop(
      [
        readyDatabase('orders', healthy(true), { repository: TEST_REPOSITORY }),
        readyDatabase('cache', healthy(false), { repository: TEST_REPOSITORY }),
      ],
      {
        freshness: {
          state: 'kept',
          sentence: 'The last backup is 10 min old.',
          restorableTo: '2026-03-01T09:50:00.000Z',
        },
      },
    );
    await run(loop);
    const sentenceOf = async (id: string) =>
      (await reports.getReport(id))?.report.sentence;
    expect(await sentenceOf('orders')).toBe(
      'Healthy. Restorable to 09:50 UTC.',
    );
    expect(await sentenceOf('cache')).toBe('Healthy. 1 signal is ok.');
  });

  it('leaves a heartbeat', async () => {
    const { loop } = createLoop([]);
    await run(loop);
    expect(await new Heartbeats({ knex }).list()).toEqual(
      new Map([['health', new Date(nowMs)]]),
    );
  });
});
