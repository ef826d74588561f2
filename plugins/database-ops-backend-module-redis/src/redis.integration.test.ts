import { setTimeout as sleep } from 'node:timers/promises';
import { JsonObject } from '@backstage/types';
import { mockServices } from '@backstage/backend-test-utils';
import {
  DatabaseDefinition,
  HealthFindings,
  Secret,
  healthStatusOf,
} from 'backstage-plugin-database-ops-node';
import {
  engineConformance,
  resolveFiles,
} from 'backstage-plugin-database-ops-node/testing';
import { FleetLoan, LocalFleet } from 'local-fleet';
import { RedisConfig } from './config';
import { engine } from './engine';

jest.setTimeout(300_000);

let loan: FleetLoan;
let fleet: LocalFleet;

async function fleetDatabase(): Promise<DatabaseDefinition<RedisConfig>> {
  const { databaseOps } = await fleet.configuration();
  const [id, raw] = Object.entries(databaseOps.databases)[0];
  const resolved = (await resolveFiles(raw as JsonObject)) as JsonObject;
  return {
    id,
    title: String(resolved.title),
    engine: 'redis',
    config: engine.describe.readConfig(
      resolved.redis,
      `databaseOps.databases.${id}.redis`,
    ),
  };
}

function withPassword(
  database: DatabaseDefinition<RedisConfig>,
  password: Secret,
): DatabaseDefinition<RedisConfig> {
  return { ...database, config: { ...database.config, password } };
}

beforeAll(async () => {
  loan = await FleetLoan.take({ only: ['redis'] });
  fleet = loan.fleet;
});

afterAll(async () => {
  await loan?.giveBack();
});

engineConformance<RedisConfig>({
  engine,
  engineModule: 'backstage-plugin-database-ops-backend-module-redis/engine',
  wrongConfig: {
    raw: { members: [{ name: 'a', host: 'h', port: 1 }], clustre: true },
    key: 'clustre',
  },
  prepare: async () => {
    const database = await fleetDatabase();
    return {
      database,
      refused: withPassword(database, new Secret('not-the-password')),
      secrets: [database.config.password!.reveal()],
      close: async () => {},
    };
  },
});

describe('health of a real Redis', () => {
  const logger = mockServices.logger.mock();

  async function observing<T>(
    task: (
      until: (
        wanted: (found: Found) => boolean,
        seconds?: number,
      ) => Promise<Found>,
    ) => Promise<T>,
    of?: DatabaseDefinition<RedisConfig>,
  ): Promise<T> {
    const observer = engine.observe.createObserver(
      of ?? (await fleetDatabase()),
    );
    const check = async (): Promise<Found> => {
      const findings = await observer.checkHealth({
        logger,
        signal: AbortSignal.timeout(25_000),
      });
      return { ...findings, ...healthStatusOf(findings.signals) };
    };
    try {
      return await task(async (wanted, seconds = 60) => {
        const deadline = Date.now() + seconds * 1000;
        let found = await check();
        while (!wanted(found) && Date.now() < deadline) {
          await sleep(500);
          found = await check();
        }
        return found;
      });
    } finally {
      await observer.close();
    }
  }

  it('finds every signal ok and names the version', async () => {
    await observing(async until => {
      const found = await until(({ status }) => status === 'healthy');
      expect(found.signals.filter(({ status }) => status !== 'ok')).toEqual([]);
      expect(found.engineVersion).toMatch(/^Redis/);
      expect(found.signals.map(({ id }) => id)).toEqual(
        expect.arrayContaining([
          'members',
          'member.fleet-redis-1',
          'cluster-state',
          'slots',
          'replicas',
          'memory',
          'rdb',
          'aof',
        ]),
      );
    });
  });

  it('names the member that is stopped, and is healthy when it is back', async () => {
    await observing(async until => {
      await until(({ status }) => status === 'healthy');
      const { member, names } = {
        member: fleet.member('fleet-redis-3'),
        names:
          /fleet-redis-3 refuses connections on [\d.:]+; its replica fleet-redis-6 was promoted/,
      };
      await member.stop();
      const found = await until(
        ({ status, sentence }) => status === 'degraded' && names.test(sentence),
      );
      expect(found.status).toBe('degraded');
      expect(found.sentence).toMatch(names);
      expect(found.signals).toContainEqual(
        expect.objectContaining({
          id: `member.${member.name}`,
          status: 'critical',
        }),
      );
      await member.start();
      const back = await until(({ status }) => status === 'healthy');
      expect([back.status, back.sentence]).toEqual([
        'healthy',
        expect.any(String),
      ]);
    });
  });

  it('is down when a master is lost together with its replica', async () => {
    await observing(async until => {
      await until(({ status }) => status === 'healthy');
      const lost = ['fleet-redis-3', 'fleet-redis-6'].map(name =>
        fleet.member(name),
      );
      await Promise.all(lost.map(member => member.stop()));
      const found = await until(({ status }) => status === 'down');
      expect([found.status, found.sentence]).toEqual([
        'down',
        expect.stringContaining('CLUSTERDOWN'),
      ]);
      await Promise.all(lost.map(member => member.start()));
      const back = await until(({ status }) => status === 'healthy');
      expect(back.status).toBe('healthy');
    });
  });

  it('is unknown with the reason, and not down, when the password is wrong', async () => {
    const wrong = withPassword(await fleetDatabase(), new Secret('wrong'));
    await observing(async until => {
      const found = await until(({ status }) => status === 'unknown', 10);
      expect(found.status).toBe('unknown');
      expect(found.sentence).toContain('password');
    }, wrong);
  });

  it('is down when every member is stopped, and healthy when they are back', async () => {
    await observing(async until => {
      for (const member of fleet.members) {
        await member.stop();
      }
      const found = await until(({ status }) => status === 'down');
      expect(found.status).toBe('down');
      expect(found.sentence).toContain('refuse connections');
      await fleet.up();
      const back = await until(({ status }) => status === 'healthy');
      expect([back.status, back.sentence]).toEqual([
        'healthy',
        expect.any(String),
      ]);
    });
  });

  it('gives a session without its password in the arguments', async () => {
    const database = await fleetDatabase();
    const { args, env, files } = engine.observe.connectCommand(database, {
      member: 'fleet-redis-2',
    });
    const password = database.config.password!.reveal();
    expect(args.join(' ')).not.toContain(password);
    expect(JSON.stringify([env, files])).toContain(password);
    expect(() =>
      engine.observe.connectCommand(database, { member: 'nobody' }),
    ).toThrow(/has no member 'nobody'/);
  });
});

type Found = HealthFindings & ReturnType<typeof healthStatusOf>;
