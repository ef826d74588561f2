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

  /** The moment now, with everything before it archived. */
  async function archivedMoment(): Promise<string> {
    const lsn = await withAdmin(fleet, async client => {
      const { rows } = await client.query<{ lsn: string; segment: string }>(
        'SELECT pg_current_wal_lsn()::text AS lsn, pg_walfile_name(pg_switch_wal()) AS segment',
      );
      for (;;) {
        const { rows: archived } = await client.query(
          'SELECT last_archived_wal FROM pg_stat_archiver WHERE last_archived_wal >= $1',
          [rows[0].segment],
        );
        if (archived.length > 0) {
          return rows[0].lsn;
        }
        await sleep(200);
      }
    });
    await takeInventory();
    return lsn;
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
    const lsn = await archivedMoment();
    await write('after');
    const source = await server();

    const { outcome, reference } = await restore({ kind: 'lsn', lsn });
    expect(outcome).toMatchObject({ mode: 'in-place', state: 'running' });
    expect(outcome.facts).toMatchObject({
      protection: 'UNPROTECTED',
      sourceTimeline: 1,
      timeline: 2,
      branchArchived: true,
      standbysToRebuild: [expect.stringContaining('fleet-pg-2')],
      slotsToCreate: ['fleet_pg_2 (physical)'],
    });
    expect(await tokens()).toEqual(['before']);
    expect(await server()).toEqual({ ...source, timeline: 2 });
    expect(branches(await takeInventory())).toEqual([['2', '1']]);

    await write('on the new timeline');
    const lines = await discard(reference);
    expect(lines.join('\n')).toMatch(
      /[1-9]\d* transactions? \(.* of WAL\) written since the restored server opened/,
    );
    expect(await server()).toEqual(source);
    expect(await tokens()).toEqual(['before', 'after']);
    expect(await kept()).toEqual([]);
    // Done already.
    await discard(reference);

    await archivedMoment();
    const window = engine.describe.recoveryWindow(
      target.database.id,
      await takeInventory(),
    );
    // Both branches can be restored: the source's goes on, the other one ended.
    const claimed = window.intervals.filter(({ kind }) => kind === 'claimed');
    expect(new Set(claimed.map(({ timeline }) => timeline))).toEqual(
      new Set([1, 2]),
    );
  });
});
