import { okSignal, warningSignal } from 'backstage-plugin-database-ops-node';
import { SignalSource } from '../monitoring/types';
import { LoopStage } from '../__testUtils__/LoopStage';
import {
  readyDatabase,
  ScriptedEngine,
  TEST_REPOSITORY,
  testSignal,
} from './testDatabases';

jest.setTimeout(60_000);

describe('reports of the HealthLoop', () => {
  let stage: LoopStage;

  beforeEach(async () => {
    stage = await LoopStage.create();
  });

  it('adds what the plugin itself knows, and says what of it could not be read', async () => {
    const source = (id: string, read: SignalSource['read']) => ({
      id,
      title: id,
      read,
    });
    const { loop, reports } = stage.createLoop(
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
    await stage.run(loop);
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
    const { loop, reports } = stage.createLoop([
      readyDatabase('orders', engine),
    ]);
    await stage.run(loop);
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
    const { loop, reports } = stage.createLoop([
      readyDatabase('orders', engine),
    ]);
    await stage.run(loop);
    expect((await reports.getReport('orders'))?.report).toMatchObject({
      status: 'unknown',
      sentence: 'orders could not be checked: no route to host',
    });
  });

  it('shows a quarantined database as unknown with the path of the key', async () => {
    const { loop, reports } = stage.createLoop([
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
    await stage.run(loop);
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
    const { loop, reports } = stage.createLoop(
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
    await stage.run(loop);
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
    const { loop, reports } = stage.createLoop(
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
    await stage.run(loop);
    const sentenceOf = async (id: string) =>
      (await reports.getReport(id))?.report.sentence;
    expect(await sentenceOf('orders')).toBe(
      'Healthy. Restorable to 09:50 UTC.',
    );
    expect(await sentenceOf('cache')).toBe('Healthy. 1 signal is ok.');
  });
});
