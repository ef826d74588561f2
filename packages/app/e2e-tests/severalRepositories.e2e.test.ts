// What follows the database by itself: the windows of its repositories, and
// who is told of a failover. All of it asked over HTTP and in a shell.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandLine } from './harness/CommandLine';
import { databaseEntry, TIMESCALE } from './harness/fleetDatabase';
import { Operations } from './harness/operations';
import { endSegment, untilArchived } from './harness/segments';
import { onMember, onPrimary } from './harness/sql';
import { eventually, Stage } from './harness/Stage';

const REPOSITORIES = ['fleet', 'second'];
/** What the product promises from a segment's arrival to the window. */
const FOLLOWED_SECONDS = 60;
const SEEN_SECONDS = 60;
/** More than the time between two health checks of the stage. */
const CHECK_MS = 6000;
const HOUR_MS = 3_600_000;
const EXIT_ERROR = 1;

describe('a database with two repositories', () => {
  let stage: Stage;
  let owner: CommandLine;

  beforeAll(async () => {
    // Its archiving is stopped, its standby promoted: nobody else can use it.
    stage = await Stage.start({
      only: ['second-s3', 'postgresql'],
      freshFleet: true,
      browser: false,
      configuration: async fleet => ({
        databaseOps: {
          databases: { [TIMESCALE]: await databaseEntry(fleet) },
          // None comes by itself: what moves the windows is what is looked at.
          reconciliation: { intervalSeconds: 3600 },
        },
      }),
    });
    await Operations.of(stage, [TIMESCALE]);
    owner = new CommandLine(join(stage.stateDirectory, 'home-owner'));
    await owner.dbops(['--url', stage.portal.url, 'login', '--demo', 'owner']);
  });

  afterAll(async () => {
    await stage?.stop();
  });

  /** Returns when a commit is surely over. */
  async function commit(): Promise<number> {
    await onPrimary(
      stage.fleet,
      'INSERT INTO app.canary (token) VALUES (md5(random()::text))',
    );
    return Date.now();
  }

  /** Commits every now and then, as applications do, while something is done. */
  async function whileCommitting<T>(work: () => Promise<T>): Promise<T> {
    const end = new AbortController();
    const commits = async () => {
      while (!end.signal.aborted) {
        await commit();
        await sleep(500);
      }
    };
    const [result] = await Promise.all([
      work().finally(() => end.abort()),
      commits(),
    ]);
    return result;
  }

  /** A commit behind which both windows go on, once its segment has arrived. */
  async function followedCommit(): Promise<number> {
    return whileCommitting(async () => {
      const committed = await commit();
      expect(await reachability(committed)).toMatchObject({ reachable: false });
      // A check sees a later one, which ends what a restore to a time replays.
      await sleep(CHECK_MS);
      await untilArchived(stage.fleet, await endSegment(stage.fleet));
      await eventually(
        'The window of each repository goes on behind the commit',
        windowEnds,
        ends => Object.values(ends).every(end => end >= committed),
        { withinSeconds: FOLLOWED_SECONDS },
      );
      return committed;
    });
  }

  async function archiveBy(command: string | undefined): Promise<void> {
    const setting = command
      ? `SET archive_command = '${command}'`
      : 'RESET archive_command';
    await onPrimary(stage.fleet, `ALTER SYSTEM ${setting}`);
    await onPrimary(stage.fleet, 'SELECT pg_reload_conf()');
  }

  /** Where what can be restored ends in each repository. */
  async function windowEnds(): Promise<Record<string, number>> {
    const { body } = await stage.api(
      'owner',
      `/databases/${TIMESCALE}/recovery-window`,
    );
    const ends = REPOSITORIES.map(id => [
      id,
      Math.max(
        ...body.intervals
          .filter(
            (each: { kind: string; repositoryId: string }) =>
              each.kind !== 'gap' && each.repositoryId === id,
          )
          .map((each: { to: { time: string } }) => Date.parse(each.to.time)),
      ),
    ]);
    return Object.fromEntries(ends);
  }

  async function reachability(ms: number): Promise<any> {
    const { body } = await stage.api(
      'owner',
      `/databases/${TIMESCALE}/reachability?time=${encodeURIComponent(new Date(ms).toISOString())}`,
    );
    return body;
  }

  async function operationsOf(kind: string): Promise<readonly string[]> {
    const { body } = await stage.api(
      'owner',
      `/operations?databaseId=${TIMESCALE}&kind=${kind}`,
    );
    return body.items.map(({ id }: { id: string }) => id);
  }

  async function signal(id: string): Promise<any> {
    const { body } = await stage.api('owner', `/databases/${TIMESCALE}/health`);
    return body.signals.find((each: { id: string }) => each.id === id);
  }

  it('is backed up to each by name, listed with both, and proved in the one that is named', async () => {
    const stray = await owner.dbops([
      ...['backup', TIMESCALE, '--repository', 'third'],
    ]);
    expect(stray.code).toBe(EXIT_ERROR);
    expect(stray.err).toContain(`it has 'fleet', 'second'`);

    const first = await owner.dbops(['backup', TIMESCALE, '--wait']);
    const second = await owner.dbops([
      ...['backup', TIMESCALE, '--repository', 'second', '--wait'],
    ]);
    expect([first.code, second.code]).toEqual([0, 0]);
    const [listed, table, proved] = await Promise.all([
      owner.json(['backups', TIMESCALE]),
      owner.dbops(['backups', TIMESCALE]),
      owner.dbops([
        ...['verify', TIMESCALE, '--depth', 'repository'],
        ...['--repository', 'second', '--wait'],
      ]),
    ]);
    expect(
      listed.items.map((each: { repositoryId: string }) => each.repositoryId),
    ).toEqual([...REPOSITORIES].reverse());
    for (const { id, repositoryId } of listed.items) {
      expect(table.out).toMatch(new RegExp(`^${id} .* ${repositoryId} `, 'm'));
    }
    expect(proved).toMatchObject({ code: 0 });
    expect(await owner.json(['proofs', TIMESCALE])).toMatchObject([
      { depth: 'repository', state: 'proved', repositoryId: 'second' },
    ]);
  });

  it('can be restored to a commit within a minute of its segment’s arrival, from each, without an inventory', async () => {
    const inventories = await operationsOf('inventory');
    const committed = await followedCommit();
    expect(await reachability(committed)).toMatchObject({
      reachable: true,
      repositoryId: 'fleet',
    });
    expect(await operationsOf('inventory')).toEqual(inventories);
  });

  describe('while nothing is archived', () => {
    let committed: number;
    let ends: Record<string, number>;

    beforeAll(async () => {
      await archiveBy('/bin/false');
      committed = await commit();
      await endSegment(stage.fleet);
      await eventually(
        'Health says that archiving fails',
        () => signal('archiver'),
        ({ status }) => status === 'warning' || status === 'critical',
        { withinSeconds: SEEN_SECONDS },
      );
      // What had been archived before is followed with this check.
      await sleep(CHECK_MS);
      ends = await windowEnds();
    });

    afterAll(async () => {
      await archiveBy(undefined);
    });

    it('has windows that stay where they are', async () => {
      await whileCommitting(() => sleep(2 * CHECK_MS));
      expect(Object.values(ends).filter(end => end >= committed)).toEqual([]);
      expect(await windowEnds()).toEqual(ends);
    });

    it('is restored to no moment out of reach: the nearest are named, and nothing starts', async () => {
      const { body } = await stage.api(
        'owner',
        `/databases/${TIMESCALE}/backups`,
      );
      const firstBackup = Math.min(
        ...body.items.map((each: { startedAt: string }) =>
          Date.parse(each.startedAt),
        ),
      );
      const moments = {
        'before the first backup': firstBackup - 1000,
        'after the last archived commit': committed,
        'in the future': Date.now() + HOUR_MS,
      };
      const refused = await Promise.all(
        Object.values(moments).map(ms =>
          owner.dbops([
            ...['restore', TIMESCALE, '--time', new Date(ms).toISOString()],
            ...['--confirm', TIMESCALE, '--wait'],
          ]),
        ),
      );
      const nearest = await Promise.all(
        Object.values(moments).map(async ms => {
          const found = await reachability(ms);
          expect(found).toMatchObject({ reachable: false });
          return found.nearest[0].time as string;
        }),
      );
      expect(refused.map(({ code, out }) => ({ code, out }))).toEqual(
        refused.map(() => ({ code: EXIT_ERROR, out: '' })),
      );
      refused.forEach(({ err }, index) => {
        expect(err).toContain('The nearest moment');
        expect(err).toContain(nearest[index]);
      });
      expect(await operationsOf('restore')).toEqual([]);
    });
  });

  it('is followed again when archiving works', async () => {
    const committed = await followedCommit();
    expect((await reachability(committed)).reachable).toBe(true);
  });

  it('has a failover in its history with both sides, of which the owner is told', async () => {
    await stage.fleet.member('fleet-pg-1').stop();
    await onMember(stage.fleet, 'fleet-pg-2', 'SELECT pg_promote()');
    const events = await eventually(
      'The failover is in the history',
      async () => {
        const { body } = await stage.api(
          'owner',
          `/audit-events?databaseId=${TIMESCALE}&action=health.failover`,
        );
        return body.items;
      },
      items => items.length > 0,
      { withinSeconds: SEEN_SECONDS },
    );
    expect(events).toMatchObject([
      {
        actor: 'service:database-ops',
        outcome: 'succeeded',
        sentence:
          'fleet-pg-2 (timeline 2) is primary in place of fleet-pg-1 (timeline 1).',
        details: {
          before: { member: 'fleet-pg-1', timeline: 1 },
          after: { member: 'fleet-pg-2', timeline: 2 },
        },
      },
    ]);
    await eventually(
      'Health warns of it',
      () => signal('failover'),
      ({ status, member }) => status === 'warning' && member === 'fleet-pg-2',
      { withinSeconds: SEEN_SECONDS },
    );
    const told = await eventually(
      'The owner is told',
      () => notificationsOf('owner'),
      titles => titles.some(title => title.startsWith('Failover of ')),
      { withinSeconds: SEEN_SECONDS },
    );
    // Checks after it find the same primary: nothing happened again.
    await sleep(CHECK_MS);
    expect(await notificationsOf('owner')).toEqual(told);
    expect(await notificationsOf('viewer')).toEqual([]);
  });

  async function notificationsOf(role: string): Promise<readonly string[]> {
    const response = await fetch(
      `${stage.portal.url}/api/notifications/notifications`,
      {
        headers: { Authorization: `Bearer ${await stage.portal.token(role)}` },
      },
    );
    const { notifications } = (await response.json()) as {
      notifications: readonly {
        readonly payload: { readonly title: string };
      }[];
    };
    return notifications.map(({ payload }) => payload.title);
  }
});
