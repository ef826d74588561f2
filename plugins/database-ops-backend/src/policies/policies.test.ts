import { ConfigReader } from '@backstage/config';
import { JsonObject } from '@backstage/types';
import { Engine, EngineRegistration } from 'backstage-plugin-database-ops-node';
import { readConfiguredDatabases } from '../configuration';
import { ManagedDatabase, ReadyDatabase, isReady } from '../databases/types';
import { testConfig } from '../__testUtils__/testConfig';
import { testEngine } from '../__testUtils__/testEngine';
import { PolicyBook } from './PolicyBook';
import { policyAloud } from './readAloud';
import { SHIPPED_POLICIES } from './shippedPolicies';

/** The test engine with the verbs and backup types that a test wants. */
function engineWith(
  capabilities: Partial<ReturnType<Engine['describe']['capabilities']>>,
): EngineRegistration {
  const { describe } = testEngine;
  return {
    engineModule: 'test-engine',
    engine: {
      ...testEngine,
      describe: {
        ...describe,
        capabilities: config => ({
          ...describe.capabilities(config),
          ...capabilities,
        }),
      },
    },
  };
}

function read(
  overrides: JsonObject,
  engine: EngineRegistration = engineWith({}),
): ReadonlyMap<string, ManagedDatabase> {
  return new Map(
    readConfiguredDatabases(new ConfigReader(testConfig(overrides)), [
      engine,
    ]).map(database => [database.id, database]),
  );
}

function ready(database: ManagedDatabase | undefined): ReadyDatabase {
  if (!database || !isReady(database)) {
    throw new Error(
      `Expected a database that is understood: ${JSON.stringify(database)}`,
    );
  }
  return database;
}

/** What quarantines `orders` when its policy is this one. */
function quarantineOf(policy: JsonObject): string | undefined {
  const { quarantine } = read({ policies: { standard: policy } }).get(
    'orders',
  ) ?? { quarantine: undefined };
  return quarantine && `${quarantine.path}: ${quarantine.message}`;
}

function ordersWith(own: JsonObject): JsonObject {
  return {
    orders: {
      engine: 'test',
      repository: 'main',
      test: { host: '127.0.0.1' },
      ...own,
    },
  };
}

const DAILY = { kind: 'backup', cron: '0 2 * * *' };
const P = 'databaseOps.policies.standard';

describe('a policy', () => {
  it('says everything with its defaults filled in', () => {
    const { policy } = ready(
      read({
        policies: {
          standard: {
            objectives: { rpo: 'PT1H', rto: 'PT15M' },
            schedules: { daily: { ...DAILY, jitter: 'PT10M' } },
            blackouts: [
              { days: ['fri'], from: '18:00', to: '06:00', reason: 'releases' },
            ],
            timeouts: { backup: 'PT2H' },
            retries: { attempts: 3 },
            retention: { window: 'P30D', daily: 7 },
            approvals: [{ kinds: ['restore'], approvers: ['Group:DBA'] }],
          },
        },
      }).get('orders'),
    );
    expect(policy).toMatchObject({
      name: 'standard',
      shipped: false,
      overridden: [],
      rpoSeconds: 3600,
      rtoSeconds: 900,
      schedules: [
        {
          name: 'daily',
          timeZone: 'UTC',
          suspended: false,
          jitterSeconds: 600,
          missed: 'once',
        },
      ],
      timeoutSeconds: { backup: 7200 },
      retries: {
        attempts: 3,
        delaySeconds: 300,
        factor: 2,
        maximumDelaySeconds: 3600,
      },
      retention: { window: 'P30D', daily: 7 },
      approvals: [
        {
          approvers: ['group:default/dba'],
          expiresAfterSeconds: 4 * 3600,
          emergency: [],
        },
      ],
      notifications: [{ recipients: ['owner'] }],
    });
  });

  it.each<[string, JsonObject, string]>([
    [
      'a cron without a next run',
      { schedules: { daily: { ...DAILY, cron: '0 2 30 2 *' } } },
      `${P}.schedules.daily.cron: expected a cron of five fields that has a next run`,
    ],
    [
      'a zone that does not exist',
      { schedules: { daily: { ...DAILY, timeZone: 'Europe/Atlantis' } } },
      `${P}.schedules.daily.timeZone: expected an IANA time zone`,
    ],
    [
      'a kind that nobody should be surprised by',
      { schedules: { daily: { ...DAILY, kind: 'restore' } } },
      `${P}.schedules.daily.kind: expected a kind of operation that can be scheduled`,
    ],
    [
      'a kind that the engine lacks',
      { schedules: { daily: { ...DAILY, kind: 'verify' } } },
      `${P}.schedules.daily.kind: expected a verb that test has (inventory, backup, `,
    ],
    [
      'a backup type that the engine lacks',
      { schedules: { daily: { ...DAILY, type: 'diff' } } },
      `${P}.schedules.daily.type: expected a backup type of test (full) for database 'orders'`,
    ],
    [
      'a jitter as long as the time between two runs',
      { schedules: { daily: { ...DAILY, cron: '0 * * * *', jitter: 'PT1H' } } },
      `${P}.schedules.daily.jitter: expected less than 3600 s`,
    ],
    [
      'a blackout over every run',
      {
        schedules: { daily: DAILY },
        blackouts: [{ from: '01:00', to: '03:00', reason: 'batch' }],
      },
      `${P}.schedules.daily.cron: expected a run outside the policy's blackouts; each one lies in a window such as 01:00 to 03:00 UTC (batch)`,
    ],
    [
      'a blackout without a length',
      { blackouts: [{ from: '01:00', to: '01:00', reason: 'x' }] },
      `${P}.blackouts[0].to: expected another time than that of from`,
    ],
    [
      'a duration of nothing',
      { objectives: { rpo: 'PT0S' } },
      `${P}.objectives.rpo: expected an ISO 8601 duration above zero`,
    ],
    [
      'retention shorter than the window it promises',
      { retention: { window: 'P30D', age: 'P7D' } },
      `${P}.retention.age: expected at least the window`,
    ],
    [
      'retention without a rule',
      { retention: { timeZone: 'UTC' } },
      `${P}.retention: expected a rule such as`,
    ],
    [
      'a retry that waits longer than its maximum',
      { retries: { attempts: 1, delay: 'PT2H' } },
      `${P}.retries.maximumDelay: expected at least the delay`,
    ],
    [
      'an approver who is no person',
      { approvals: [{ kinds: ['restore'], approvers: ['resource:orders'] }] },
      `${P}.approvals[0].approvers[0]: expected an entity reference of a user or group`,
    ],
    [
      'a key that does not exist',
      { schedules: { daily: { ...DAILY, cronn: '' } } },
      `${P}.schedules.daily.cronn: is not a key of this part`,
    ],
  ])(
    'with %s quarantines its databases with the key and what is expected',
    (_, policy, expected) => {
      const quarantine = quarantineOf(policy);
      expect(quarantine?.slice(0, expected.length)).toBe(expected);
    },
  );

  it('with a fault leaves databases of other policies alone', () => {
    const databases = read({
      policies: { standard: {}, wrong: { objectives: { rpo: 'soon' } } },
      databases: {
        ...ordersWith({ policy: 'wrong' }),
        parcels: { engine: 'test', test: { host: 'h' }, policy: 'standard' },
      },
    });
    expect(databases.get('orders')?.quarantine?.path).toBe(
      'databaseOps.policies.wrong.objectives.rpo',
    );
    expect(ready(databases.get('parcels')).policy?.name).toBe('standard');
  });
});

describe('overrides of a database', () => {
  const policies = {
    standard: {
      objectives: { rpo: 'PT1H', rto: 'PT15M' },
      schedules: { daily: DAILY },
      blackouts: [{ from: '09:00', to: '17:00', reason: 'office hours' }],
    },
  };

  function overridden(overrides: JsonObject) {
    return read({
      policies,
      databases: ordersWith({ policy: 'standard', overrides }),
    }).get('orders');
  }

  it('merge maps and replace lists', () => {
    expect(
      ready(
        overridden({
          objectives: { rpo: 'PT5M' },
          schedules: {
            daily: { suspended: true },
            hourly: { ...DAILY, cron: '0 * * * *' },
          },
          blackouts: [],
        }),
      ).policy,
    ).toMatchObject({
      overridden: ['objectives', 'schedules', 'blackouts'],
      rpo: 'PT5M',
      rto: 'PT15M',
      schedules: [
        { name: 'daily', cron: '0 2 * * *', suspended: true },
        { name: 'hourly', cron: '0 * * * *', suspended: false },
      ],
      blackouts: [],
    });
  });

  it('that are wrong are named where they stand', () => {
    expect(
      overridden({ schedules: { daily: { cron: 'often' } } })?.quarantine,
    ).toMatchObject({
      path: 'databaseOps.databases.orders.overrides.schedules.daily.cron',
    });
    expect(
      overridden({ schedules: { extra: { ...DAILY, kind: 'verify' } } })
        ?.quarantine,
    ).toMatchObject({
      path: 'databaseOps.databases.orders.overrides.schedules.extra.kind',
    });
  });

  it('need a policy to be laid over', () => {
    const [orders] = read({
      databases: ordersWith({ overrides: { objectives: {} } }),
    }).values();
    expect(orders.quarantine?.path).toBe('databaseOps.databases.orders.policy');
  });
});

describe('the shipped policies', () => {
  it('are valid, and read themselves aloud', () => {
    const parts = PolicyBook.read({}).parts();
    expect([...parts.keys()]).toEqual(Object.keys(SHIPPED_POLICIES));
    for (const part of parts.values()) {
      expect(part.error).toBeUndefined();
    }
    const postgresql = parts.get('postgresql-default')?.value;
    expect(postgresql && policyAloud(postgresql)).toBe(
      'A database loses at most 1 hour of data (RPO) and is back within 15 minutes (RTO). ' +
        'It runs full backup daily at 02:00 UTC (up to 5 minutes later); ' +
        'diff backup daily at 14:00 UTC (up to 5 minutes later); ' +
        'incr backup every hour at minute 40 (up to 5 minutes later); ' +
        'verify on day 1 of each month at 04:00 UTC (up to 30 minutes later); ' +
        'repository verify every Sunday at 03:00 UTC (up to 30 minutes later); ' +
        'time verify on day 8 of each month at 04:00 UTC (up to 30 minutes later); ' +
        'restore verify on day 15 of each month at 04:00 UTC (up to 30 minutes later); ' +
        'archiving verify daily at 05:20 UTC (up to 10 minutes later); ' +
        'expire daily at 06:00 UTC (up to 10 minutes later).',
    );
  });

  it('leave out what an engine lacks, and say so', () => {
    const { policy } = ready(
      read(
        { databases: ordersWith({ policy: 'postgresql-default' }) },
        engineWith({ verbs: ['inventory', 'backup', 'expire'] }),
      ).get('orders'),
    );
    expect(policy?.schedules.map(({ name }) => name)).toEqual([
      'full',
      'retention',
    ]);
    expect(policy?.leftOut).toEqual([
      { name: 'differential', reason: 'test has no backup of type diff' },
      { name: 'incremental', reason: 'test has no backup of type incr' },
      { name: 'verification', reason: 'test has no verify' },
      { name: 'repository', reason: 'test has no verify' },
      { name: 'moment', reason: 'test has no verify' },
      { name: 'whole', reason: 'test has no verify' },
      { name: 'archiving', reason: 'test has no verify' },
    ]);
  });

  it('leave out a depth of verification that an engine lacks', () => {
    const { policy } = ready(
      read(
        { databases: ordersWith({ policy: 'postgresql-default' }) },
        engineWith({
          verbs: ['inventory', 'backup', 'verify'],
          verificationDepths: [
            { id: 'repository', title: 'Repository', description: 'Reads it.' },
          ],
        }),
      ).get('orders'),
    );
    expect(policy?.leftOut).toContainEqual({
      name: 'archiving',
      reason: 'test has no verify of depth archiving',
    });
  });

  it('are replaced by a policy of the same name, which then leaves nothing out', () => {
    const orders = read({
      policies: {
        'redis-default': { schedules: { all: { ...DAILY, kind: 'verify' } } },
      },
      databases: ordersWith({ policy: 'redis-default' }),
    }).get('orders');
    expect(orders?.quarantine?.path).toBe(
      'databaseOps.policies.redis-default.schedules.all.kind',
    );
  });
});
