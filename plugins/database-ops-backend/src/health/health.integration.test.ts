// The monitoring half of the plugin as the portal builds it, in two replicas on
// one database, against the fleet's real object store.
import { readFile } from 'node:fs/promises';
import { mockServices, TestDatabases } from '@backstage/backend-test-utils';
import {
  DatabaseOpsSignal,
  HealthReport,
} from 'backstage-plugin-database-ops-common';
import {
  RepositoryBucket,
  RepositoryDefinition,
  Secret,
} from 'backstage-plugin-database-ops-node';
import { fleetRepository } from 'backstage-plugin-database-ops-node/testing';
import { Knex } from 'knex';
import { FleetLoan, LocalFleet } from 'local-fleet';
import { MIGRATIONS_DIRECTORY } from '../database/applyMigrations';
import { Monitoring } from '../monitoring/types';
import { bucketCheck, SetupProbe } from '../repositories/SetupProbe';
import { createMonitoring } from './createMonitoring';
import {
  catalogOf,
  readyDatabase,
  ScriptedEngine,
  testSignal,
} from './testDatabases';

const INTERVAL_SECONDS = 2;

jest.setTimeout(300_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3'] });

async function readRepository(
  fleet: LocalFleet,
): Promise<RepositoryDefinition> {
  const { repositories } = (await fleet.configuration()).databaseOps;
  const [[id, raw]] = Object.entries(repositories);
  const { accessKeyId, secretAccessKey, ...rest } = raw as Omit<
    RepositoryDefinition,
    'id'
  > & {
    readonly accessKeyId: { readonly $file: string };
    readonly secretAccessKey: { readonly $file: string };
  };
  const secret = async ({ $file }: { readonly $file: string }) =>
    new Secret((await readFile($file, 'utf8')).trim());
  return {
    ...(rest as unknown as RepositoryDefinition),
    id,
    accessKeyId: await secret(accessKeyId as never),
    secretAccessKey: await secret(secretAccessKey as never),
  };
}

describe('health of databases with a real repository', () => {
  let loan: FleetLoan;
  let fleet: LocalFleet;
  let knex: Knex;
  let repository: RepositoryDefinition;
  const shutdownHooks: (() => void | Promise<void>)[] = [];

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3'] });
    fleet = loan.fleet;
    repository = await readRepository(fleet);
    knex = await databases.init('SQLITE_3');
    await knex.migrate.latest({ directory: MIGRATIONS_DIRECTORY });
  });

  afterEach(async () => {
    await Promise.all(shutdownHooks.splice(0).map(hook => hook()));
    await knex('health_reports').delete();
    await knex('health_checks').delete();
  });

  afterAll(async () => {
    await loan?.giveBack();
  });

  async function startReplica(
    engine: ScriptedEngine,
    options: {
      readonly repository?: RepositoryDefinition;
      readonly published?: DatabaseOpsSignal[];
    } = {},
  ): Promise<Monitoring> {
    const monitoring = await createMonitoring({
      config: mockServices.rootConfig({
        data: {
          databaseOps: {
            health: { intervalSeconds: INTERVAL_SECONDS, timeoutSeconds: 3 },
          },
        },
      }),
      logger: mockServices.logger.mock(),
      lifecycle: mockServices.lifecycle.mock({
        addShutdownHook: hook => {
          shutdownHooks.push(hook);
        },
      }),
      signalSources: [],
      scheduler: mockServices.scheduler.mock(),
      database: mockServices.database({ knex }),
      databases: catalogOf(
        readyDatabase('orders', engine, {
          repository: options.repository ?? repository,
        }),
      ),
      backups: {
        newestPresent: async () => undefined,
        listSpans: async () => new Map(),
        getInventory: async () => undefined,
        follow: async () => false,
        listInventories: async () => [],
        noteReachable: async () => false,
      },
      operations: { countByState: async () => [] },
      audit: { append: async () => {} },
      announcements: { announce: async () => true },
      publish: signal => options.published?.push(signal),
    });
    await monitoring.start();
    return monitoring;
  }

  function statuses(report: HealthReport | undefined) {
    return Object.fromEntries(
      (report?.signals ?? []).map(({ id, status }) => [id, status]),
    );
  }

  async function until(
    monitoring: Monitoring,
    seconds: number,
    holds: (report: HealthReport) => boolean,
  ): Promise<HealthReport> {
    const startedAt = Date.now();
    for (;;) {
      const report = (await monitoring.health.getReport('orders'))?.report;
      if (report && holds(report)) {
        return report;
      }
      if (Date.now() - startedAt > seconds * 1000) {
        throw new Error(`Not within ${seconds} s: ${JSON.stringify(report)}`);
      }
      await new Promise(resolve => {
        setTimeout(resolve, 200);
      });
    }
  }

  function wellEngine() {
    const engine = new ScriptedEngine();
    engine.check = async () => ({ signals: [testSignal({})] });
    return engine;
  }

  it("notices with the portal's own account that a bucket was changed by hand", async () => {
    const configured = await fleetRepository(await fleet.configuration());
    const secret = async (part: string) =>
      new Secret(await fleet.context.secret(`s3-admin-${part}`));
    const credentials = {
      accessKeyId: await secret('access-key'),
      secretAccessKey: await secret('secret-key'),
    };
    const set = async (multipartLeftoversDays: number) => {
      const setup = { ...configured.setup!, multipartLeftoversDays };
      const bucket = await RepositoryBucket.open(
        { ...configured, setup },
        { credentials },
      );
      await bucket.apply();
      bucket.close();
    };
    const orders = readyDatabase('orders', wellEngine(), {
      repository: configured,
    });
    const look = async () => {
      // A new one each time: nothing is remembered.
      const probe = new SetupProbe({ check: bucketCheck(5) });
      return (await probe.read(orders))[0];
    };
    expect(await look()).toMatchObject({
      id: 'repository-setup',
      status: 'ok',
      sentence: expect.stringContaining('does not support public-access'),
    });
    await set(99);
    const changed = await look();
    await set(configured.setup!.multipartLeftoversDays);
    expect(changed).toMatchObject({
      status: 'warning',
      sentence: expect.stringContaining('The lifecycle differs in 1 rule'),
    });
    expect(await look()).toMatchObject({ status: 'ok' });
  });

  it('checks once an interval over two replicas, and both see the result', async () => {
    const engine = wellEngine();
    const published: DatabaseOpsSignal[] = [];
    const startedAt = Date.now();
    const first = await startReplica(engine, { published });
    const second = await startReplica(engine, { published });
    await new Promise(resolve => {
      setTimeout(resolve, 5 * INTERVAL_SECONDS * 1000);
    });
    const intervals = (Date.now() - startedAt) / 1000 / INTERVAL_SECONDS;
    expect(engine.checks).toBeGreaterThanOrEqual(3);
    expect(engine.checks).toBeLessThanOrEqual(Math.ceil(intervals) + 1);
    const [one, two] = await Promise.all([
      first.health.getReport('orders'),
      second.health.getReport('orders'),
    ]);
    expect(one).toEqual(two);
    expect(statuses(one?.report)).toEqual({
      reachable: 'ok',
      'backup-age': 'unknown',
      'repository-reachable': 'ok',
      'repository-writable': 'ok',
      'repository-encrypted': 'ok',
    });
    expect(
      one?.report.signals.find(({ id }) => id === 'repository-encrypted')
        ?.sentence,
    ).toBe("Repository 'fleet' encrypts objects (AES256).");
    expect(published).toHaveLength(1);
  });

  it('tells wrong credentials and a missing bucket from a store that is away', async () => {
    const refused = await startReplica(wellEngine(), {
      repository: { ...repository, secretAccessKey: new Secret('wrong-key') },
    });
    const report = await until(
      refused,
      20,
      ({ signals }) => signals.length > 1,
    );
    expect(report.status).toBe('degraded');
    expect(statuses(report)).toMatchObject({
      'repository-reachable': 'ok',
      'repository-writable': 'critical',
      'repository-encrypted': 'unknown',
    });
    expect(report.sentence).toContain('SignatureDoesNotMatch');
    expect(JSON.stringify(report)).not.toContain('wrong-key');
    await Promise.all(shutdownHooks.splice(0).map(hook => hook()));

    const missing = await startReplica(wellEngine(), {
      repository: { ...repository, bucket: 'no-such-bucket' },
    });
    await until(missing, 20, ({ sentence }) =>
      /no-such-bucket|denied/.test(sentence),
    );
  });

  it('is degraded while the store is away and well again after', async () => {
    const monitoring = await startReplica(wellEngine());
    const isWell = ({ signals }: HealthReport) =>
      signals.some(
        ({ id, status }) => id === 'repository-writable' && status === 'ok',
      );
    await until(monitoring, 30, isWell);
    await fleet.member('fleet-s3').stop({ force: true });
    const away = await until(
      monitoring,
      30,
      ({ status }) => status === 'degraded',
    );
    expect(away.sentence).toMatch(
      /^Repository 'fleet' \(.*\) cannot be reached \(ECONNREFUSED\)\./,
    );
    expect(statuses(away)).toMatchObject({
      reachable: 'ok',
      'repository-reachable': 'critical',
      'repository-writable': 'unknown',
    });
    await fleet.member('fleet-s3').start();
    await until(monitoring, 60, isWell);
  });
});
