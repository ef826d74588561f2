import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { JsonObject } from '@backstage/types';
import {
  Inventory,
  InventoryStore,
  OperateTarget,
  RestoredInstanceReference,
} from 'backstage-plugin-database-ops-node';
import { FleetLoan, LocalFleet } from 'local-fleet';
import {
  fleetTarget,
  recordedRun,
  withAdmin,
} from '../__testUtils__/fleetDatabase';
import { PostgresqlConfig } from '../config';
import { engine } from '../engine';
import { serverPid } from '../restore/serverPid';

jest.setTimeout(600_000);

const SERVER = `
SELECT (SELECT system_identifier::text FROM pg_control_system()) AS "systemIdentifier",
       (SELECT timeline_id FROM pg_control_checkpoint()) AS timeline,
       current_setting('archive_mode') AS "archiveMode",
       current_setting('cluster_name') AS "clusterName"`;

describe('a restore onto a real source', () => {
  let loan: FleetLoan;
  let fleet: LocalFleet;
  let target: OperateTarget<PostgresqlConfig>;
  let stateDirectory: string;
  let store: InventoryStore;
  let operations = 0;

  beforeAll(async () => {
    // Its primary is replaced, and its timelines part: nobody else can use it.
    loan = await FleetLoan.take({ only: ['s3', 'postgresql'], fresh: true });
    fleet = loan.fleet;
    target = await fleetTarget(fleet);
    stateDirectory = await mkdtemp(join(tmpdir(), 'postgresql-in-place-'));
    store = new InventoryStore((await run()).context.store);
  });

  afterAll(async () => {
    await loan?.giveBack();
    await rm(stateDirectory, { recursive: true, force: true });
  });

  async function run(
    options: {
      readonly operationId?: string;
      readonly signal?: AbortSignal;
    } = {},
  ) {
    return recordedRun(target.repository, {
      operationId: `in-place-${(operations += 1)}`,
      stateDirectory,
      ...options,
    });
  }

  async function write(token: string): Promise<void> {
    await withAdmin(fleet, client =>
      client.query('INSERT INTO app.canary (token) VALUES ($1)', [token]),
    );
  }

  async function tokens(): Promise<readonly string[]> {
    return withAdmin(fleet, async client =>
      (
        await client.query<{ token: string }>(
          'SELECT token FROM app.canary ORDER BY id',
        )
      ).rows.map(({ token }) => token),
    );
  }

  async function server() {
    return withAdmin(
      fleet,
      async client => (await client.query(SERVER)).rows[0],
    );
  }

  async function takeInventory(): Promise<Inventory> {
    const { context } = await run();
    const inventory = await engine.operate.inventory!(target, context);
    await store.writeInventory(inventory);
    return inventory;
  }

  async function position(): Promise<string> {
    return withAdmin(
      fleet,
      async client =>
        (
          await client.query<{ lsn: string }>(
            'SELECT pg_current_wal_insert_lsn()::text AS lsn',
          )
        ).rows[0].lsn,
    );
  }

  /** Ends the segment, and waits until the archive has it. */
  async function archived(): Promise<Inventory> {
    const segment = await withAdmin(
      fleet,
      async client =>
        (
          await client.query<{ name: string }>(
            'SELECT pg_walfile_name(pg_switch_wal()) AS name',
          )
        ).rows[0].name,
    );
    for (;;) {
      const inventory = await takeInventory();
      if (
        inventory.logs.some(
          ({ from, to }) =>
            from.slice(0, 8) === segment.slice(0, 8) && to >= segment,
        )
      ) {
        return inventory;
      }
      await sleep(300);
    }
  }

  async function restore(
    parameters: JsonObject,
    options: Parameters<typeof run>[0] = {},
  ) {
    const { context, progress, lines } = await run(options);
    const outcome = await engine.operate.restore!(
      target,
      { mode: 'in-place', ...parameters },
      context,
    );
    const reference: RestoredInstanceReference = {
      restoredInstanceId: context.operationId,
      directory: outcome.directory,
      facts: outcome.facts,
    };
    return { outcome, reference, progress, lines };
  }

  async function discard(reference: RestoredInstanceReference) {
    const { context, lines } = await run();
    await engine.operate.discard!(target, reference, context);
    return lines;
  }

  async function kept(): Promise<readonly string[]> {
    return (await readdir(target.database.config.inPlace!.directory)).filter(
      entry => entry.startsWith(target.database.id),
    );
  }

  function sourceDirectory(): string {
    return target.database.config.pgbackrest!.dataDirectory;
  }

  function branches(inventory: Inventory) {
    return (inventory.branches ?? []).map(({ branch, parent }) => [
      branch,
      parent,
    ]);
  }

  it('brings a moment back under a new timeline that is archived, and a rollback brings the source back as it was', async () => {
    const { context } = await run();
    await engine.operate.backup!(target, { type: 'full' }, context);
    await write('before');
    const lsn = await position();
    await write('after');
    await archived();
    const source = await server();

    const { outcome, reference } = await restore({ kind: 'lsn', lsn });
    expect(outcome).toMatchObject({ mode: 'in-place', state: 'running' });
    expect(outcome.facts).toMatchObject({
      protection: 'UNPROTECTED',
      sourceTimeline: source.timeline,
      timeline: source.timeline + 1,
      branchArchived: true,
      standbysToRebuild: [expect.stringContaining('fleet-pg-2')],
      slotsToCreate: ['fleet_pg_2 (physical)'],
    });
    expect((await tokens()).at(-1)).toBe('before');
    expect(await server()).toEqual({
      ...source,
      timeline: source.timeline + 1,
    });
    expect(branches(await takeInventory())).toEqual([['2', '1']]);

    await write('on the new timeline');
    const lines = await discard(reference);
    expect(lines.join('\n')).toMatch(
      /[1-9]\d* transactions? \(.* of WAL\) written since the restored server opened/,
    );
    expect(await server()).toEqual(source);
    expect((await tokens()).slice(-2)).toEqual(['before', 'after']);
    expect(await kept()).toEqual([]);
    // Done already.
    await discard(reference);

    const window = engine.describe.recoveryWindow(
      target.database.id,
      await archived(),
    );
    // Both branches can be restored: the source's goes on, the other one ended.
    const claimed = window.intervals.filter(({ kind }) => kind === 'claimed');
    expect(new Set(claimed.map(({ timeline }) => timeline))).toEqual(
      new Set([1, 2]),
    );
  });

  it.each([
    ['action', { action: 'pause' }, {}, 'look first'],
    [
      'place',
      {},
      { inPlace: { directory: '/dev/shm' } },
      'is on another file system',
    ],
    [
      'manager that does not answer',
      {},
      { highAvailability: { patroni: { url: 'http://127.0.0.1:1' } } },
      'did not say at http://127.0.0.1:1/cluster',
    ],
    [
      'source that is not here',
      {},
      { inPlace: { dataDirectory: '/nowhere' } },
      'is not on this machine',
    ],
  ])(
    'is refused for the wrong %s, and the source runs on untouched',
    async (_what, parameters, override, reason) => {
      const pid = await serverPid(sourceDirectory());
      const { context } = await run();
      await expect(
        engine.operate.restore!(
          await fleetTarget(fleet, override),
          { mode: 'in-place', kind: 'latest', ...parameters },
          context,
        ),
      ).rejects.toThrow(reason);
      expect(await serverPid(sourceDirectory())).toBe(pid);
      expect(await kept()).toEqual([]);
    },
  );

  it('is refused while Patroni has sessions there and its address is not known', async () => {
    await withAdmin(fleet, async client => {
      await client.query("SET application_name = 'Patroni restapi'");
      await expect(restore({ kind: 'latest' })).rejects.toThrow(
        /Patroni manages fleet-pg-1 .*highAvailability\.patroni\.url/,
      );
    });
    expect(await kept()).toEqual([]);
  });

  it('leaves the source running when it is cancelled beside it', async () => {
    const pid = await serverPid(sourceDirectory());
    const controller = new AbortController();
    const { context } = await run({ signal: controller.signal });
    const work = engine.operate.restore!(
      target,
      { mode: 'in-place', kind: 'latest' },
      {
        ...context,
        progress: ({ step }) => {
          if (step === 'Fetching files') {
            controller.abort(new Error('cancelled by a person'));
          }
        },
      },
    );
    await expect(work).rejects.toThrow('cancelled by a person');
    expect(await serverPid(sourceDirectory())).toBe(pid);
    expect(await kept()).toEqual([]);
  });

  describe('whose worker is killed', () => {
    let before: { readonly tokens: readonly string[]; readonly lsn: string };
    let source: unknown;

    beforeAll(async () => {
      // From here on the server is started and stopped by pg_ctl.
      target = await fleetTarget(fleet, {
        inPlace: { stop: undefined, start: undefined },
      });
      const lsn = await position();
      await write('written before a worker was killed');
      await archived();
      before = { tokens: await tokens(), lsn };
      source = await server();
    });

    async function killAt(step: string): Promise<string> {
      operations += 1;
      const operationId = `killed-${operations}`;
      const { code, signal, said } = await new Promise<{
        code: number | null;
        signal: string | null;
        said: string;
      }>((resolve, reject) => {
        const child = spawn(
          process.execPath,
          [
            '--require',
            require.resolve('@backstage/cli/config/nodeTransform.cjs'),
            join(__dirname, '..', '__testUtils__', 'killedInPlace.ts'),
            fleet.context.directory,
            stateDirectory,
            operationId,
            step,
            JSON.stringify({ mode: 'in-place', kind: 'lsn', lsn: before.lsn }),
          ],
          { stdio: ['ignore', 'ignore', 'pipe'] },
        );
        const lines: string[] = [];
        child.stderr.on('data', data => lines.push(String(data)));
        child.once('error', reject);
        child.once('exit', (exitCode, exitSignal) =>
          resolve({
            code: exitCode,
            signal: exitSignal,
            said: lines.join(''),
          }),
        );
      });
      expect({ code, signal, said }).toEqual({
        code: null,
        signal: 'SIGKILL',
        said: '',
      });
      return operationId;
    }

    it.each([
      'Verifying the content',
      'Putting the restored one in its place',
      'Starting it',
    ])(
      'before "%s" is put back by a discard of what the portal knows only the id of',
      async step => {
        const restoredInstanceId = await killAt(step);
        expect(await kept()).toHaveLength(1);
        await discard({
          restoredInstanceId,
          directory: '',
          facts: { mode: 'in-place' },
        });
        expect(await server()).toEqual(source);
        expect(await tokens()).toEqual(before.tokens);
        expect(await kept()).toEqual([]);
      },
    );

    it('when the restored one had let people in leaves the decision to a person, who is told what a rollback loses', async () => {
      const restoredInstanceId = await killAt('Archiving the new timeline');
      await write('written to the restored one');
      await expect(restore({ kind: 'latest' })).rejects.toThrow(
        'has not been confirmed',
      );
      expect((await tokens()).at(-1)).toBe('written to the restored one');
      const lines = await discard({
        restoredInstanceId,
        directory: '',
        facts: { mode: 'in-place' },
      });
      expect(lines.join('\n')).toMatch(
        /[1-9]\d* transactions? \(.* of WAL\) written since the restored server opened/,
      );
      expect(await server()).toEqual(source);
      expect(await tokens()).toEqual(before.tokens);
      expect(await kept()).toEqual([]);
    });

    it('is put back by the next one, which to the latest moment loses no commit and is protected when it is confirmed', async () => {
      await killAt('Keeping the source aside');
      // The source is stopped: the next one starts it first.
      const { outcome, reference, lines } = await restore({ kind: 'latest' });
      expect(lines.join('\n')).toContain(
        'ended in the middle of a restore in place (switching)',
      );
      expect(await tokens()).toEqual(before.tokens);
      const { timeline } = outcome.facts;
      expect(timeline).toBeGreaterThan(2);
      await expect(restore({ kind: 'latest' })).rejects.toThrow(
        'has not been confirmed',
      );

      const { context } = await run();
      await expect(
        engine.operate.discard!(target, reference, {
          ...context,
          requestedBy: `schedule:${target.database.id}/expiry`,
        }),
      ).rejects.toThrow('its expiry does not roll it back');

      const promotion = await run();
      const promoted = await engine.operate.promote!(
        target,
        reference,
        {},
        promotion.context,
      );
      expect(promoted.state).toBe('promoted');
      const again = await run();
      await expect(
        engine.operate.promote!(target, reference, {}, again.context),
      ).rejects.toThrow('is left');
      expect(outcome.facts.protection).toBe('UNPROTECTED');
      expect(promoted.facts?.protection).toBe('PROTECTED');
      expect(await kept()).toEqual([]);
      const inventory = await takeInventory();
      expect(
        inventory.backups.find(({ id }) => id === promoted.facts?.firstBackup)
          ?.from,
      ).toMatchObject({ timeline });
      expect(await server()).toMatchObject({ timeline, archiveMode: 'on' });
    });
  });
});
