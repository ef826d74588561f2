import { Page } from 'playwright-core';
import { TIMESCALE } from './harness/fleetDatabase';
import { connectSuperuser, masterNodes } from './harness/fleetServers';
import { Operations } from './harness/operations';
import { eventually, Stage } from './harness/Stage';

/** What the product promises, whatever the interval between two checks. */
const SEEN_SECONDS = 60;
/** A member that returns has to catch up before its database is whole. */
const HEALED_SECONDS = 90;

const OTHERS = ['sessions-redis', 'events-kafka', 'coordination-zookeeper'];
const DATABASES = [TIMESCALE, ...OTHERS];

describe('members that stop and come back', () => {
  let stage: Stage;
  /** One open page a database: what stands there has to change by itself. */
  const pages = new Map<string, Page>();

  beforeAll(async () => {
    stage = await Stage.start({
      only: ['postgresql', 'redis', 'kafka', 'zookeeper'],
      configuration: {
        databaseOps: {
          // No objective: a fleet without a backup is as healthy as its servers.
          databases: { [TIMESCALE]: { policy: 'observed' } },
        },
      },
    });
    // Until its repository has been read, a database is unknown.
    const operations = await Operations.of(stage, [TIMESCALE]);
    await operations.run({
      databaseId: TIMESCALE,
      kind: 'inventory',
      parameters: {},
    });
    for (const databaseId of DATABASES) {
      const page = await stage.browser.signIn('owner');
      await page.goto(`/catalog/default/resource/${databaseId}/database`);
      pages.set(databaseId, page);
    }
    await become('healthy', DATABASES, 120);
  });

  afterAll(async () => {
    await stage?.stop();
  });

  /** The first sentence of a database's page. */
  async function headline(databaseId: string): Promise<string> {
    const region = pages
      .get(databaseId)!
      .getByRole('region', { name: `Database ${databaseId}` });
    return region.locator('p').first().innerText();
  }

  async function headlines(
    of: readonly string[] = DATABASES,
  ): Promise<Record<string, string>> {
    const told = await Promise.all(
      of.map(async id => [id, await headline(id)] as const),
    );
    return Object.fromEntries(told);
  }

  /** All at once, so that each has the same time. */
  async function become(
    status: 'healthy' | 'degraded' | 'down' | 'unknown',
    databases: readonly string[],
    withinSeconds: number,
    also: (headline: string) => boolean = () => true,
  ): Promise<Record<string, string>> {
    return eventually(
      `${databases.join(', ')} ${status}`,
      () => headlines(databases),
      found =>
        Object.values(found).every(
          line => line.startsWith(status.toUpperCase()) && also(line),
        ),
      { withinSeconds },
    );
  }

  /**
   * What the pages said while they blamed a member of another database.
   * A busy host may leave one check of theirs without an answer in time; then
   * the next makes them healthy again; none may name what stopped, or be down.
   */
  async function blamesOf(
    member: string,
    databases: readonly string[],
  ): Promise<string[]> {
    const blamed = new Set<string>();
    await eventually(
      `${databases.join(', ')} healthy while ${member} is stopped`,
      async () => Object.values(await headlines(databases)),
      lines => {
        lines
          .filter(line => line.includes(member) || line.startsWith('DOWN'))
          .forEach(line => blamed.add(line));
        return lines.every(line => line.startsWith('HEALTHY'));
      },
      { withinSeconds: SEEN_SECONDS },
    );
    return [...blamed];
  }

  it('are members of four databases, listed with the health that was measured', async () => {
    const { body } = await stage.api('owner', '/databases');
    expect(body.items.map((each: { id: string }) => each.id).sort()).toEqual(
      [...DATABASES].sort(),
    );
    const page = await stage.browser.signIn('owner');
    for (const databaseId of DATABASES) {
      const row = page
        .getByRole('row')
        .filter({ has: page.getByRole('link', { name: databaseId }) });
      await eventually(
        `${databaseId} listed as healthy`,
        () => row.innerText(),
        text => /healthy/i.test(text),
        { withinSeconds: SEEN_SECONDS },
      );
    }
    await page.close();
  });

  it('degrade their own database, are named, and touch no other', async () => {
    const [master] = await masterNodes(stage.fleet);
    const stopped = new Map([
      [TIMESCALE, 'fleet-pg-2'],
      ['sessions-redis', master],
      ['events-kafka', 'fleet-kafka-2'],
      ['coordination-zookeeper', 'fleet-zookeeper-3'],
    ]);
    const whole = new Set(DATABASES);
    for (const [databaseId, member] of stopped) {
      await stage.fleet.member(member).stop();
      whole.delete(databaseId);
      await become('degraded', [databaseId], SEEN_SECONDS, line =>
        line.includes(member),
      );
      expect(await blamesOf(member, [...whole])).toEqual([]);
    }
    // Each is still told of its own member only.
    const told = await become('degraded', DATABASES, SEEN_SECONDS);
    for (const [databaseId, line] of Object.entries(told)) {
      for (const [otherId, member] of stopped) {
        expect({ databaseId, names: line.includes(member), member }).toEqual({
          databaseId,
          names: databaseId === otherId,
          member,
        });
      }
    }

    await Promise.all(
      [...stopped.values()].map(member => stage.fleet.member(member).start()),
    );
    await become('healthy', DATABASES, HEALED_SECONDS);
  });

  it('make a database without its primary down, not unknown', async () => {
    const primary = stage.fleet.member('fleet-pg-1');
    await primary.stop();
    await become('down', [TIMESCALE], SEEN_SECONDS, line =>
      line.includes('fleet-pg-1'),
    );
    expect(await blamesOf('fleet-pg-1', OTHERS)).toEqual([]);
    await primary.start();
    await become('healthy', [TIMESCALE], HEALED_SECONDS);
  });

  it('leave a database unknown with the reason when they refuse our password', async () => {
    const server = await connectSuperuser(stage.fleet);
    const seen = new Set<string>();
    const setPassword = async (password: string) => {
      await server.run(
        `ALTER ROLE dbops_monitor PASSWORD '${password}';
         SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'dbops_monitor';`,
      );
    };
    await setPassword('no longer what the portal has');
    try {
      await eventually(
        `${TIMESCALE} unknown`,
        async () => {
          const line = await headline(TIMESCALE);
          seen.add(line.split(' ')[0]);
          return line;
        },
        line =>
          line.startsWith('UNKNOWN') &&
          /password authentication failed/.test(line),
        { withinSeconds: SEEN_SECONDS },
      );
      expect([...seen]).not.toContain('DOWN');
    } finally {
      await setPassword(await stage.fleet.context.secret('pg-dbops_monitor'));
    }
    await become('healthy', [TIMESCALE], HEALED_SECONDS);
  });
});
