import { mockServices, TestDatabases } from '@backstage/backend-test-utils';
import { Signal } from 'backstage-plugin-database-ops-common';
import { HealthEvent } from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { migrate } from '../__testUtils__/testStack';
import { ManagedDatabase } from '../databases/types';
import { Heartbeats } from '../metrics/Heartbeats';
import { HealthCheckTurns } from './HealthCheckTurns';
import { HealthLoop } from './HealthLoop';
import { HealthReportStore } from './HealthReportStore';
import { Observers } from './Observers';
import { RepositoryProbe } from './RepositoryProbe';
import {
  catalogOf,
  readyDatabase,
  ScriptedEngine,
  testSignal,
} from './testDatabases';

jest.setTimeout(60_000);

const databases = TestDatabases.create();
const logger = mockServices.logger.mock();

/** Says a failover where another member is primary than the last report says. */
function watching(primary: () => string): ScriptedEngine {
  const engine = new ScriptedEngine();
  engine.check = async (_signal, previous) => {
    const member = primary();
    const before = previous?.find(({ id }) => id === 'failover')?.details;
    const events: HealthEvent[] =
      before && before.member !== member
        ? [
            {
              kind: 'failover',
              member,
              sentence: `${member} in place of ${before.member}`,
              before: { member: before.member },
              after: { member },
            },
          ]
        : [];
    return {
      signals: [testSignal({ id: 'failover', details: { member } })],
      events,
    };
  };
  return engine;
}

describe.each(databases.eachSupportedId())(
  'a failover that the portal could not see or write at once, on %s',
  databaseId => {
    let knex: Knex;
    let nowMs: number;

    beforeEach(async () => {
      knex = await databases.init(databaseId);
      await migrate(knex);
      nowMs = Date.parse('2026-03-01T10:00:00.000Z');
    });

    /** A portal that is started anew for each check. */
    async function check(
      database: ManagedDatabase,
      record: (event: HealthEvent) => boolean,
    ): Promise<readonly Signal[]> {
      nowMs += 31_000;
      const clock = () => new Date(nowMs);
      const reports = new HealthReportStore({ knex, clock });
      const loop = new HealthLoop({
        databases: catalogOf(database),
        turns: new HealthCheckTurns({ knex, owner: 'one', leaseSeconds: 40 }),
        reports,
        observers: new Observers({ logger, timeoutSeconds: 0.05 }),
        repositories: {
          signalsOf: async () => [],
          close: async () => {},
        } as unknown as RepositoryProbe,
        events: { record: async (_database, event) => record(event) },
        reachable: { noteReachable: async () => false },
        freshness: {
          getFreshness: async () => ({ state: 'kept', sentence: 'Kept.' }),
          listFreshness: async () => new Map(),
        },
        signalSources: [],
        heartbeats: new Heartbeats({ knex, clock }),
        publish: () => {},
        logger,
        intervalSeconds: 30,
        concurrency: 2,
        clock,
      });
      await loop.tick();
      await loop.settled();
      await loop.stop();
      return (await reports.getReport(database.id))?.report.signals ?? [];
    }

    it('is found again until it is in the history, and then no more', async () => {
      let member = 'a';
      const engine = watching(() => member);
      const database = readyDatabase('orders', engine);
      const offered: string[] = [];
      const record = (isWritten: boolean) => (event: HealthEvent) => {
        offered.push(event.sentence);
        return isWritten;
      };
      await check(database, record(true));
      member = 'b';
      await check(database, record(false));
      expect(offered).toEqual(['b in place of a']);
      await check(database, record(true));
      expect(offered).toEqual(['b in place of a', 'b in place of a']);
      await check(database, record(true));
      expect(offered).toHaveLength(2);
    });

    it.each([
      [
        'an observer that fails',
        (engine: ScriptedEngine): ManagedDatabase => {
          engine.check = async () => {
            throw new Error('no route');
          };
          return readyDatabase('orders', engine);
        },
      ],
      [
        'an observer that is late',
        (engine: ScriptedEngine): ManagedDatabase => {
          engine.check = () => new Promise(() => {});
          return readyDatabase('orders', engine);
        },
      ],
      [
        'a quarantine',
        (): ManagedDatabase => ({
          id: 'orders',
          title: 'Orders',
          engineKind: 'scripted',
          quarantine: { path: 'databaseOps', message: 'expected a number' },
        }),
      ],
    ])('is found after %s', async (_what, hinder) => {
      const sentences: string[] = [];
      const record = ({ sentence }: HealthEvent) =>
        sentences.push(sentence) > 0;
      await check(
        readyDatabase(
          'orders',
          watching(() => 'a'),
        ),
        record,
      );
      for (const round of [1, 2]) {
        const signals = await check(hinder(new ScriptedEngine()), record);
        expect({ round, signals }).toMatchObject({
          round,
          signals: expect.arrayContaining([
            expect.objectContaining({
              id: 'failover',
              status: 'unknown',
              details: { member: 'a' },
            }),
          ]),
        });
      }
      expect(sentences).toEqual([]);
      await check(
        readyDatabase(
          'orders',
          watching(() => 'b'),
        ),
        record,
      );
      expect(sentences).toEqual(['b in place of a']);
    });
  },
);
