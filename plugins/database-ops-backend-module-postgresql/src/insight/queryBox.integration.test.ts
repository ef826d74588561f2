import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mockServices } from '@backstage/backend-test-utils';
import { RestoredInstance } from 'backstage-plugin-database-ops-common';
import {
  OperateTarget,
  RestoreOutcome,
  Secret,
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

jest.setTimeout(600_000);

const ROLES = {
  upkeep_files: 'IN ROLE pg_read_server_files',
  upkeep_all: 'IN ROLE pg_read_all_data',
  upkeep_bypass: 'BYPASSRLS',
  upkeep_becomes: 'IN ROLE dbops_admin',
} as const;

/** Databases in which the role of the query box could do more than read. */
const REACHING = {
  upkeep_dblink: ['CREATE EXTENSION dblink'],
  upkeep_foreign: [
    'CREATE EXTENSION file_fdw',
    'CREATE SERVER files FOREIGN DATA WRAPPER file_fdw',
    "CREATE FOREIGN TABLE passwords (line text) SERVER files OPTIONS (filename '/etc/passwd')",
  ],
  upkeep_definer: [
    "CREATE FUNCTION peek() RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT pg_read_file('/etc/hostname') $$",
  ],
} as const;

describe('the query box on a real restored copy', () => {
  let loan: FleetLoan;
  let fleet: LocalFleet;
  let target: OperateTarget<PostgresqlConfig>;
  let stateDirectory: string;
  let copy: RestoredInstance;
  const kept: RestoredInstance[] = [];

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3', 'postgresql'] });
    fleet = loan.fleet;
    target = await fleetTarget(fleet, { queryBox: { timeoutSeconds: 2 } });
    stateDirectory = await mkdtemp(join(tmpdir(), 'postgresql-query-box-'));
    await prepareSource();
    const { context } = await run('query-box-backup');
    await engine.operate.backup!(target, { type: 'full' }, context);
    copy = await restore('query-box-copy', 'pause');
  });

  afterAll(async () => {
    for (const instance of kept) {
      const { context } = await run(`discard-${instance.id}`);
      await engine.operate.discard!(
        target,
        {
          restoredInstanceId: instance.id,
          directory: instance.directory!,
          facts: {},
        },
        context,
      );
    }
    await withAdmin(fleet, removeFromSource);
    await loan?.giveBack();
    await rm(stateDirectory, { recursive: true, force: true });
  });

  async function removeFromSource(client: Client): Promise<void> {
    await client.query('DROP TABLE IF EXISTS app.upkeep');
    await client.query('DROP FUNCTION IF EXISTS app.upkeep_write()');
    for (const name of Object.keys(REACHING)) {
      await client.query(`DROP DATABASE IF EXISTS ${name}`);
    }
    for (const name of Object.keys(ROLES)) {
      await client.query(`DROP ROLE IF EXISTS ${name}`);
    }
  }

  async function prepareSource(): Promise<void> {
    const secret = await fleet.context.secret('pg-dbops_query');
    await withAdmin(fleet, async client => {
      await removeFromSource(client);
      for (const [name, rights] of Object.entries(ROLES)) {
        await client.query(
          `CREATE ROLE ${name} LOGIN ${rights} PASSWORD '${secret}'`,
        );
      }
      for (const name of Object.keys(REACHING)) {
        await client.query(`CREATE DATABASE ${name}`);
      }
      await client.query('SET ROLE dbops_load');
      await client.query(
        'CREATE TABLE app.upkeep AS SELECT n AS id, NULL::text AS none, ARRAY[n, 2] AS pair FROM generate_series(1, 5000) n',
      );
      await client.query(
        'CREATE FUNCTION app.upkeep_write() RETURNS int LANGUAGE sql AS $$ DELETE FROM app.upkeep; SELECT 1 $$',
      );
    });
    for (const [name, statements] of Object.entries(REACHING)) {
      await adminOf(name, async client => {
        for (const statement of statements) {
          await client.query(statement);
        }
      });
    }
  }

  async function adminOf(
    database: string,
    use: (client: Client) => Promise<void>,
  ): Promise<void> {
    const client = new Client({
      host: '127.0.0.1',
      port: await fleet.context.port('fleet-pg-1'),
      database,
      user: 'dbops_admin',
      password: await fleet.context.secret('pg-dbops_admin'),
      ssl: { rejectUnauthorized: false },
    });
    await client.connect();
    try {
      await use(client);
    } finally {
      await client.end();
    }
  }

  async function run(operationId: string) {
    return recordedRun(target.repository, { operationId, stateDirectory });
  }

  async function restore(
    id: string,
    action: 'pause' | 'open',
  ): Promise<RestoredInstance> {
    const { context } = await run(id);
    const outcome: RestoreOutcome = await engine.operate.restore!(
      target,
      { kind: 'latest', action },
      context,
    );
    const instance: RestoredInstance = {
      id,
      databaseId: target.database.id,
      operationId: id,
      state: outcome.state,
      host: 'here',
      directory: outcome.directory,
      createdAt: new Date().toISOString(),
      expiresAt: outcome.expiresAt,
      connection: outcome.connection,
    };
    kept.push(instance);
    return instance;
  }

  function query(
    statement: string,
    options: {
      readonly username?: string;
      readonly password?: string;
      readonly database?: string;
      readonly instance?: RestoredInstance;
    } = {},
  ) {
    const { queryBox } = target.database.config;
    const instance = options.instance ?? copy;
    return engine.observe.queryRestored!(
      {
        ...target.database,
        config: {
          ...target.database.config,
          queryBox: {
            ...queryBox!,
            username: options.username ?? queryBox!.username,
            password: options.password
              ? new Secret(options.password)
              : undefined,
          },
        },
      },
      {
        ...instance,
        connection: {
          ...instance.connection,
          database: options.database ?? instance.connection?.database,
        },
      },
      statement,
      {
        logger: mockServices.logger.mock(),
        signal: new AbortController().signal,
      },
    );
  }

  async function refusalOf(...asked: Parameters<typeof query>): Promise<Error> {
    const answer = await query(...asked).then(
      value => value,
      (error: Error) => error,
    );
    expect(answer).toBeInstanceOf(Error);
    return answer as Error;
  }

  async function rowsOfCopy(): Promise<string | null> {
    const { rows } = await query('SELECT count(*) FROM app.upkeep');
    return rows[0][0];
  }

  it('gives columns with their types and rows as text, with the end of a comment or a semicolon at their end', async () => {
    const answer = await query(
      'SELECT id, none, pair FROM app.upkeep ORDER BY id LIMIT 2; -- two rows',
    );
    expect(answer).toMatchObject({
      columns: [
        { name: 'id', type: 'integer' },
        { name: 'none', type: 'text' },
        { name: 'pair', type: 'integer[]' },
      ],
      rows: [
        ['1', null, '{1,2}'],
        ['2', null, '{2,2}'],
      ],
      truncated: false,
      rowLimit: 200,
    });
    expect((await query('TABLE app.upkeep;')).rows).toHaveLength(200);
  });

  it('stops at the limit of rows and says so', async () => {
    const answer = await query('SELECT * FROM app.upkeep');
    expect(answer.rows).toHaveLength(200);
    expect(answer.truncated).toBe(true);
  });

  it.each([
    ['two statements', 'SELECT 1; SELECT 2'],
    ['an end of the transaction', 'SELECT 1; COMMIT'],
    ['COPY to a program', "COPY (SELECT 1) TO PROGRAM 'id'"],
    ['COPY from a file', "COPY app.upkeep FROM '/etc/passwd'"],
    ['a file of the server', "SELECT pg_read_file('/etc/passwd')"],
    ['a folder of the server', "SELECT * FROM pg_ls_dir('/')"],
    ['a large object from a file', "SELECT lo_import('/etc/passwd')"],
    ['another role', 'SET ROLE dbops_admin'],
    [
      'another role by a function',
      "SELECT set_config('role', 'dbops_admin', false)",
    ],
    ['a transaction that writes', 'SET TRANSACTION READ WRITE'],
    [
      'a transaction that writes, by a function',
      "SELECT set_config('transaction_read_only', 'off', true)",
    ],
    ['a block of code', 'DO $$ BEGIN PERFORM 1; END $$'],
    ['a deletion', 'DELETE FROM app.upkeep RETURNING *'],
    [
      'a deletion in a WITH',
      'WITH gone AS (DELETE FROM app.upkeep RETURNING *) SELECT * FROM gone',
    ],
    ['a function that writes', 'SELECT app.upkeep_write()'],
    ['a table', 'CREATE TABLE app.mine (id int)'],
    ['a temporary table', 'SELECT 1 AS one INTO TEMP mine'],
    ['a row lock', 'SELECT * FROM app.upkeep FOR UPDATE'],
    ['a sequence', "SELECT nextval('app.canary_id_seq')"],
    ['a notification', "SELECT pg_notify('everybody', 'listen')"],
    ['a notification by statement', 'NOTIFY everybody'],
    ['the end of recovery', 'SELECT pg_promote()'],
    ['replay that goes on', 'SELECT pg_wal_replay_resume()'],
    ['the passwords of roles', 'SELECT rolpassword FROM pg_authid'],
    ['settings of the server', 'ALTER SYSTEM SET work_mem = 1'],
    ['a parameter', 'SELECT $1::text'],
    ['nothing', '-- nothing'],
  ])('refuses %s', async (_what, statement) => {
    const error = await refusalOf(statement);
    expect(error.name).toBe('InputError');
  });

  it('holds afterwards what it held before', async () => {
    expect(await rowsOfCopy()).toBe('5000');
  });

  it.each([
    ['sleeps', 'SELECT pg_sleep(30)'],
    [
      'lifts its own time-out first',
      "SELECT set_config('statement_timeout', '0', false), pg_sleep(30)",
    ],
    [
      'lifts it, and sleeps a little for each row',
      "SELECT set_config('statement_timeout', '0', false), pg_sleep(0.5) FROM generate_series(1, 100)",
    ],
    [
      'computes without end',
      'SELECT count(*) FROM generate_series(1, 1000000000000) n',
    ],
  ])('stops a statement that %s', async (_what, statement) => {
    const startedAt = performance.now();
    const error = await refusalOf(statement);
    expect(error.name).toBe('InputError');
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    await expectNothingRuns();
  });

  it('stops an answer that is too large, and ends its process', async () => {
    const error = await refusalOf(
      "SELECT repeat('x', 20000000) FROM generate_series(1, 100)",
    );
    expect(error.message).toContain('larger than 4 MiB');
    await expectNothingRuns();
  });

  it('gives an advisory lock back when the statement is over', async () => {
    expect(
      (await query('SELECT pg_advisory_lock(42) IS NULL')).rows,
    ).toHaveLength(1);
    expect((await query('SELECT pg_try_advisory_lock(42)')).rows).toEqual([
      ['t'],
    ]);
  });

  async function expectNothingRuns(): Promise<void> {
    const { rows } = await withAdmin(
      fleet,
      client =>
        client.query(
          `SELECT state FROM pg_stat_activity WHERE usename = 'dbops_query' AND state <> 'idle'`,
        ),
      { port: copy.connection!.port! },
    );
    expect(rows).toEqual([]);
  }

  it.each([
    ['upkeep_files', 'pg_read_server_files'],
    ['upkeep_all', 'pg_read_all_data'],
    ['upkeep_bypass', 'BYPASSRLS'],
    ['upkeep_becomes', 'SUPERUSER'],
  ])('runs nothing as role %s', async (username, reason) => {
    // The account of the portal is the configured role only.
    const password = await fleet.context.secret('pg-dbops_query');
    const error = await refusalOf('SELECT 1', { username, password });
    expect(error).toMatchObject({ name: 'NotAllowedError' });
    expect(error.message).toContain(reason);
  });

  it.each([
    ['upkeep_dblink', 'dblink(text)'],
    ['upkeep_foreign', 'passwords'],
    ['upkeep_definer', 'peek()'],
  ])(
    'runs nothing in database %s, from which it could reach out',
    async (database, reason) => {
      const error = await refusalOf('SELECT 1', { database });
      expect(error).toMatchObject({ name: 'NotAllowedError' });
      expect(error.message).toContain(reason);
    },
  );

  it('says what to look at when the copy does not let the role in', async () => {
    const error = await refusalOf('SELECT 1', {
      username: 'not_there_then',
      password: 'wrong',
    });
    expect(error).toMatchObject({ name: 'ConflictError' });
    expect(error.message).toContain('restored moment');
    expect(error.message).toContain('by its password: password authentication');
    expect(error.message).not.toContain('wrong');
  });

  it('is let in whatever password the role had at that moment', async () => {
    const { connection } = copy;
    const withoutSocket = {
      ...copy,
      connection: { ...connection, socketDirectory: undefined },
    };
    const password = await fleet.context.secret('pg-dbops_query');
    expect((await query('SELECT 1', { password: 'of-today' })).rows).toEqual([
      ['1'],
    ]);
    // A copy whose socket cannot be reached asks for the old one.
    expect(
      (await query('SELECT 1', { password, instance: withoutSocket })).rows,
    ).toEqual([['1']]);
    const refusal = await refusalOf('SELECT 1', { username: 'upkeep_files' });
    expect(refusal).toMatchObject({ name: 'ConflictError' });
    expect(refusal.message).toContain('it asks for a password');
    expect(
      (await refusalOf('SELECT 1', { instance: withoutSocket })).message,
    ).toContain('no password is configured');
  });

  it('never reads a copy that was opened, nor a server that is no copy', async () => {
    const opened = await restore('query-box-open', 'open');
    expect(
      (await refusalOf('SELECT 1', { instance: opened })).message,
    ).toContain('takes writes');
    expect(
      (
        await refusalOf('SELECT 1', {
          instance: { ...copy, databaseId: 'another-database' },
        })
      ).message,
    ).toContain('the copy is gone');
  });
});
