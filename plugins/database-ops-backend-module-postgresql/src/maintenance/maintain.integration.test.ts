import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { JsonObject } from '@backstage/types';
import {
  MaintainOutcome,
  OperateTarget,
  OperationFailedError,
} from 'backstage-plugin-database-ops-node';
import { FleetLoan, LocalFleet } from 'local-fleet';
import { Client } from 'pg';
import { PostgresqlConfig } from '../config';
import { engine } from '../engine';
import {
  fleetTarget,
  recordedRun,
  withAdmin,
} from '../__testUtils__/fleetDatabase';
import { WorkerDriver } from '../__testUtils__/WorkerDriver';

jest.setTimeout(300_000);

/** The name of a schema, a table and an index that only a quoting server gets right. */
const SCHEMA = '"Up keep"';
const INVALID = `
SELECT i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_namespace n ON n.oid = i.relnamespace
WHERE n.nspname = 'Up keep' AND NOT x.indisvalid`;

describe('maintenance of a real PostgreSQL', () => {
  let loan: FleetLoan;
  let fleet: LocalFleet;
  let target: OperateTarget<PostgresqlConfig>;
  let stateDirectory: string;
  let operations = 0;

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3', 'postgresql'] });
    fleet = loan.fleet;
    target = await fleetTarget(fleet, {
      maintenance: { lockTimeoutSeconds: 2 },
    });
    stateDirectory = await mkdtemp(join(tmpdir(), 'postgresql-upkeep-'));
    await admin(async client => {
      await client.query(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`);
      await client.query(`CREATE SCHEMA ${SCHEMA} AUTHORIZATION dbops_load`);
      await client.query('SET ROLE dbops_load');
      await client.query(
        `CREATE TABLE ${SCHEMA}."Rows" (id integer, note text) WITH (autovacuum_enabled = off)`,
      );
      await client.query(
        `INSERT INTO ${SCHEMA}."Rows" SELECT n, 'note ' || n FROM generate_series(1, 200000) n`,
      );
      await client.query(`CREATE INDEX "By id" ON ${SCHEMA}."Rows" (id)`);
      await client.query(`ANALYZE ${SCHEMA}."Rows"`);
      await client.query(`DELETE FROM ${SCHEMA}."Rows" WHERE id % 10 <> 0`);
      await client.query('RESET ROLE');
      await client.query(`CREATE TABLE ${SCHEMA}.foreign_hands (id integer)`);
    });
  });

  afterAll(async () => {
    await admin(client => client.query(`DROP SCHEMA ${SCHEMA} CASCADE`));
    await loan?.giveBack();
    await rm(stateDirectory, { recursive: true, force: true });
  });

  function admin<T>(use: (client: Client) => Promise<T>): Promise<T> {
    return withAdmin(fleet, use);
  }

  async function run(signal?: AbortSignal) {
    operations += 1;
    return recordedRun(target.repository, {
      operationId: `upkeep-${operations}`,
      signal,
      stateDirectory,
    });
  }

  async function maintain(parameters: JsonObject): Promise<MaintainOutcome> {
    const { context } = await run();
    return engine.operate.maintain!(target, parameters, context);
  }

  async function failureOf(parameters: JsonObject): Promise<unknown> {
    return maintain(parameters).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  }

  async function preview(action: string) {
    const { context } = await run();
    return engine.observe.maintenancePreview!(target.database, action, context);
  }

  async function invalidIndexes(): Promise<readonly string[]> {
    const { rows } = await admin(client =>
      client.query<{ relname: string }>(INVALID),
    );
    return rows.map(({ relname }) => relname);
  }

  /** Keeps an open transaction while something is done. */
  async function whileOpen<T>(
    statement: string,
    work: () => Promise<T>,
  ): Promise<T> {
    return admin(async client => {
      await client.query('BEGIN');
      await client.query(statement);
      try {
        return await work();
      } finally {
        await client.query('ROLLBACK');
      }
    });
  }

  it('suggests the table full of dead rows and shows the command that a vacuum then runs', async () => {
    const { items, sentence } = await preview('vacuum');
    const item = items.find(({ object }) => object === `${SCHEMA}."Rows"`);
    expect(item).toMatchObject({
      suggested: true,
      command: `VACUUM (ANALYZE) ${SCHEMA}."Rows"`,
    });
    expect(item?.reason).toContain('180000 dead rows');
    expect(sentence).toContain('fleet-pg-1');

    const { items: done } = await maintain({
      action: 'vacuum',
      objects: [`${SCHEMA}."Rows"`],
    });
    expect(done).toHaveLength(1);
    expect(done[0].command).toBe(item?.command);
    expect(done[0].before.deadRows).toBe(180_000);
    expect(done[0].after.deadRows).toBe(0);
  });

  it('counts as analyzed what it analyzed', async () => {
    await admin(client =>
      client.query(
        `INSERT INTO ${SCHEMA}."Rows" SELECT n, 'more' FROM generate_series(1, 30000) n`,
      ),
    );
    const { items } = await maintain({
      action: 'analyze',
      objects: [`${SCHEMA}."Rows"`],
    });
    expect(items[0].before.changedRows).toBe(30_000);
    expect(items[0].after.changedRows).toBe(0);
  });

  it('rebuilds an index that holds far more pages than its rows need, and it is smaller afterwards', async () => {
    const { items } = await preview('reindex');
    const item = items.find(({ object }) => object === `${SCHEMA}."By id"`);
    expect(item).toMatchObject({
      suggested: true,
      command: `REINDEX INDEX CONCURRENTLY ${SCHEMA}."By id"`,
    });
    const { items: done } = await maintain({
      action: 'reindex',
      objects: [`${SCHEMA}."By id"`],
    });
    expect(Number(done[0].after.sizeBytes)).toBeLessThan(
      Number(done[0].before.sizeBytes),
    );
    expect(done[0].after.valid).toBe(true);
    const again = await preview('reindex');
    expect(
      again.items.find(({ object }) => object === `${SCHEMA}."By id"`),
    ).toMatchObject({ suggested: false });
  });

  /** Cancels a reindex that waits for an older transaction, which ends so long after. */
  async function cancelledReindex(stillOpenSeconds: number) {
    const abort = new AbortController();
    const { context, lines } = await run(abort.signal);
    const patient = await fleetTarget(fleet, {
      maintenance: { lockTimeoutSeconds: 60 },
    });
    let working: Promise<unknown> | undefined;
    await whileOpen(
      `INSERT INTO ${SCHEMA}."Rows" VALUES (-1, 'open')`,
      async () => {
        working = engine.operate.maintain!(
          patient,
          { action: 'reindex', objects: [`${SCHEMA}."By id"`] },
          context,
        ).then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(
          await eventually(async () => (await invalidIndexes()).length),
        ).toBe(1);
        abort.abort(new Error('cancelled by the test'));
        await Promise.race([sleep(stillOpenSeconds * 1000), working]);
      },
    );
    return { thrown: await working, lines: lines.join('\n') };
  }

  it('ends on the server when it is cancelled in the middle of a reindex, and drops the half-made index', async () => {
    const { thrown, lines } = await cancelledReindex(1);
    expect(thrown).toMatchObject({ message: 'cancelled by the test' });
    expect(await invalidIndexes()).toEqual([]);
    expect(lines).toContain(
      `The half-made index ${SCHEMA}."By id_ccnew" was dropped.`,
    );
    const { rows } = await admin(client =>
      client.query(
        `SELECT FROM pg_stat_activity WHERE usename = 'dbops_maintenance' AND state = 'active'`,
      ),
    );
    expect(rows).toEqual([]);
  });

  it('names the half-made index that an older transaction keeps from being dropped, suggests it first, and drops it when nothing is named', async () => {
    const { thrown, lines } = await cancelledReindex(60);
    const leftover = `${SCHEMA}."By id_ccnew"`;
    expect(thrown).toBeInstanceOf(OperationFailedError);
    expect((thrown as OperationFailedError).failure).toMatchObject({
      code: 'maintenance-leftover',
      object: leftover,
    });
    expect(lines).toContain(leftover);
    const { items } = await preview('reindex');
    expect(items[0]).toMatchObject({
      object: leftover,
      suggested: true,
      command: `DROP INDEX CONCURRENTLY ${leftover}`,
    });
    const { items: done } = await maintain({ action: 'reindex' });
    expect(done.map(({ object }) => object)).toContain(leftover);
    expect(await invalidIndexes()).toEqual([]);
  });

  it('is carried out by a worker, and when that one is killed its command ends on the server; what it leaves is suggested and dropped', async () => {
    const driver = await WorkerDriver.create({
      target: await fleetTarget(fleet, {
        maintenance: { lockTimeoutSeconds: 60 },
      }),
      stateDirectory,
    });
    const running = async () =>
      (
        await admin(client =>
          client.query(
            `SELECT FROM pg_stat_activity WHERE usename = 'dbops_maintenance' AND state = 'active'`,
          ),
        )
      ).rowCount ?? 0;
    await whileOpen(
      `INSERT INTO ${SCHEMA}."Rows" VALUES (-1, 'open')`,
      async () => {
        const handle = await driver.start({
          kind: 'maintain',
          parameters: { action: 'reindex', objects: [`${SCHEMA}."By id"`] },
        });
        expect(
          await eventually(async () => (await invalidIndexes()).length),
        ).toBe(1);
        process.kill(-(await driver.executor.processIdOf(handle)), 'SIGKILL');
        expect(await eventually(async () => 1 - (await running()))).toBe(1);
      },
    );
    const { items } = await preview('reindex');
    expect(items[0].command).toBe(
      `DROP INDEX CONCURRENTLY ${SCHEMA}."By id_ccnew"`,
    );
    const { result } = await driver.succeed({
      kind: 'maintain',
      parameters: { action: 'reindex', objects: [items[0].object] },
    });
    expect(result.maintained).toMatchObject({
      action: 'reindex',
      items: [{ object: items[0].object, command: items[0].command }],
    });
    expect(await invalidIndexes()).toEqual([]);
  });

  it('gives up on a table that somebody holds, and says so', async () => {
    const thrown = await whileOpen(
      `LOCK TABLE ${SCHEMA}."Rows" IN ACCESS EXCLUSIVE MODE`,
      () => failureOf({ action: 'vacuum', objects: [`${SCHEMA}."Rows"`] }),
    );
    expect(thrown).toBeInstanceOf(OperationFailedError);
    expect((thrown as OperationFailedError).failure).toMatchObject({
      code: 'maintenance-locked',
      object: `${SCHEMA}."Rows"`,
    });
  });

  it('previews a locked table without waiting for it', async () => {
    const startedAt = performance.now();
    const { items } = await whileOpen(
      `LOCK TABLE ${SCHEMA}."Rows" IN ACCESS EXCLUSIVE MODE`,
      async () => {
        await preview('reindex');
        await preview('analyze');
        return preview('vacuum');
      },
    );
    expect(items.map(({ object }) => object)).toContain(`${SCHEMA}."Rows"`);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('names the grant for a table that is out of reach, and does nothing to it', async () => {
    const { items } = await preview('vacuum');
    expect(
      items.find(({ object }) => object === `${SCHEMA}.foreign_hands`),
    ).toMatchObject({
      suggested: false,
      reason: expect.stringContaining('GRANT dbops_admin TO dbops_maintenance'),
    });
    expect(
      await failureOf({
        action: 'vacuum',
        objects: [`${SCHEMA}.foreign_hands`],
      }),
    ).toMatchObject({ name: 'NotAllowedError' });
  });

  it.each([
    'app.events; DROP TABLE app.canary',
    'pg_catalog.pg_class',
    'events',
    '',
  ])('refuses %j, which the catalog does not have as an object', async name => {
    expect(
      await failureOf({ action: 'vacuum', objects: [name] }),
    ).toMatchObject({ name: 'InputError' });
  });

  it('says that there is no TimescaleDB where there is none', async () => {
    const { rows } = await admin(client =>
      client.query(`SELECT FROM pg_extension WHERE extname = 'timescaledb'`),
    );
    const { items, sentence } = await preview('recompress-chunks');
    expect(
      rows.length > 0 || sentence === 'This database has no TimescaleDB.',
    ).toBe(true);
    expect(rows.length > 0 || items.length === 0).toBe(true);
  });
});

async function eventually(count: () => Promise<number>): Promise<number> {
  const until = performance.now() + 30_000;
  let last = 0;
  while (last === 0 && performance.now() < until) {
    last = await count();
    await sleep(50);
  }
  return last;
}
