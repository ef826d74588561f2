import { mockServices } from '@backstage/backend-test-utils';
import { JsonObject } from '@backstage/types';
import { Signal } from 'backstage-plugin-database-ops-common';
import { timescaleKinds, TimescaleServer } from 'local-fleet';
import { engine } from '../engine';
import { SIGNAL_IDS } from '../health/definitions';
import { TIMESCALE_CHECKS } from './checks';
import {
  endRestoringMode,
  hypertableCheck,
  Query,
  timescaleFacts,
} from './restoredContent';

jest.setTimeout(300_000);

const logger = mockServices.logger.mock();

/** The blocks' names say on which servers this ran: one that this machine lacks has no block. */
describe.each(timescaleKinds())(
  'TimescaleDB ($name), its signals and copies',
  kind => {
    let server: TimescaleServer;

    beforeAll(async () => {
      server = await kind.start();
    });

    afterAll(async () => {
      await server?.close();
    });

    /** Its rows lie in the last ten days, a chunk a day, each chunk as old as what it holds. */
    async function createHypertable(name: string): Promise<void> {
      await server.query(`
      CREATE TABLE public.${name} (at timestamptz NOT NULL, sensor int NOT NULL, value float8);
      SELECT create_hypertable('public.${name}', 'at', chunk_time_interval => interval '1 day');
      INSERT INTO public.${name}
      SELECT now() - n * interval '1 hour', s, n FROM generate_series(0, 240) AS n, generate_series(1, 5) AS s;
      ALTER TABLE public.${name} SET (timescaledb.compress, timescaledb.compress_segmentby = 'sensor');
      UPDATE _timescaledb_catalog.chunk c SET creation_time = v.range_start
      FROM timescaledb_information.chunks v
      WHERE v.chunk_name = c.table_name AND v.chunk_schema = c.schema_name AND v.hypertable_name = '${name}'`);
    }

    async function dropHypertable(name: string): Promise<void> {
      await server.query(`DROP TABLE public.${name} CASCADE`);
    }

    /** Some jobs of the extension itself are older than what a test adds. */
    async function addCompressionPolicy(name: string): Promise<number> {
      const [{ job }] = await server.query<{ job: number }>(
        `SELECT add_compression_policy('public.${name}', interval '2 days', schedule_interval => interval '12 hours', initial_start => now() + interval '1 day') AS job`,
      );
      return job;
    }

    /** What the scheduler writes of a job; no background worker runs where these tests must. */
    async function setJobStat(
      job: number,
      stat: { readonly failures: number; readonly nextStart: string },
    ): Promise<void> {
      await server.query(`
      DELETE FROM _timescaledb_internal.bgw_job_stat WHERE job_id = ${job};
      INSERT INTO _timescaledb_internal.bgw_job_stat
        (job_id, last_start, last_finish, next_start, last_successful_finish, last_run_success, total_runs,
         total_duration, total_duration_failures, total_successes, total_failures, total_crashes,
         consecutive_failures, consecutive_crashes, flags)
      VALUES (${job}, now() - interval '6 hours', now() - interval '6 hours' + interval '1 second',
              now() + interval '${stat.nextStart}', '-infinity', ${stat.failures === 0}, 9,
              interval '9 seconds', interval '9 seconds', 0, ${stat.failures}, 0, ${stat.failures}, 0, 0)`);
    }

    type Signals = Readonly<Record<string, Signal>>;

    async function withChecks<T>(
      use: (check: () => Promise<Signals>) => Promise<T>,
      override: JsonObject = {},
    ): Promise<T> {
      const observer = engine.observe.createObserver({
        id: 'readings',
        title: 'Readings',
        engine: 'postgresql',
        config: engine.describe.readConfig(
          { ...server.configuration, ...override },
          'databaseOps.databases.readings.postgresql',
        ),
      });
      try {
        return await use(async () => {
          const { signals } = await observer.checkHealth({
            logger,
            signal: AbortSignal.timeout(10_000),
          });
          return Object.fromEntries(signals.map(signal => [signal.id, signal]));
        });
      } finally {
        await observer.close();
      }
    }

    const check = (override?: JsonObject) =>
      withChecks(once => once(), override);

    it('finds the extension by itself and measures each of its signals with pg_monitor alone', async () => {
      const found = await check();
      expect(
        Object.keys(found)
          .filter(id => id.startsWith('timescaledb-'))
          .sort(),
      ).toEqual(SIGNAL_IDS.filter(id => id.startsWith('timescaledb-')).sort());
      const unknown = Object.values(found).filter(
        ({ id, status }) =>
          id.startsWith('timescaledb-') && status === 'unknown',
      );
      expect(unknown).toEqual([]);
    });

    it('names a job that fails, how often and by which SQLSTATE, by rows of the scheduler that its own views judge', async () => {
      await createHypertable('failing');
      const job = await addCompressionPolicy('failing');
      await setJobStat(job, { failures: 5, nextStart: '1 day' });
      await server.query(`
      INSERT INTO _timescaledb_internal.bgw_job_stat_history (job_id, pid, execution_start, execution_finish, succeeded, data)
      VALUES (${job}, 1, now() - interval '6 hours', now() - interval '6 hours', false,
              '{"error_data": {"sqlerrcode": "23505", "message": "Key (name)=(a secret name) already exists"}}')`);
      const signal = (await check())['timescaledb-jobs-failed'];
      expect(signal).toMatchObject({ status: 'critical', value: 5 });
      expect(signal.sentence).toContain(
        `${job} (policy_compression of public.failing), 5 times in a row, last with SQLSTATE 23505`,
      );
      expect(signal.sentence).not.toContain('a secret name');

      await setJobStat(job, { failures: 0, nextStart: '1 day' });
      expect((await check())['timescaledb-jobs-failed'].status).toBe('ok');
      await dropHypertable('failing');
    });

    it('names a job that is overdue, and by how much, by rows of the scheduler', async () => {
      await createHypertable('late');
      const job = await addCompressionPolicy('late');
      await setJobStat(job, { failures: 0, nextStart: '-5 hours' });
      const { 'timescaledb-jobs-overdue': signal } = await check();
      expect(signal.status).toBe('critical');
      expect(signal.sentence).toContain(
        `1 overdue: ${job} (policy_compression of public.late) by 5 h 0 min`,
      );
      await setJobStat(job, { failures: 0, nextStart: '5 hours' });
      expect((await check())['timescaledb-jobs-overdue'].status).toBe('ok');
      await dropHypertable('late');
    });

    it('names a job that never ran once that is so at two checks', async () => {
      await createHypertable('never');
      const job = await addCompressionPolicy('never');
      await server.query(
        `DELETE FROM _timescaledb_internal.bgw_job_stat WHERE job_id = ${job}`,
      );
      await withChecks(async once => {
        expect((await once())['timescaledb-jobs-overdue'].status).toBe('ok');
        expect((await once())['timescaledb-jobs-overdue']).toMatchObject({
          status: 'warning',
          sentence: expect.stringContaining(`1 never ran: ${job} `),
        });
      });
      await dropHypertable('never');
    });

    it('names a job that somebody disabled', async () => {
      await createHypertable('disabled');
      const job = await addCompressionPolicy('disabled');
      await server.query(`SELECT alter_job(${job}, scheduled => false)`);
      expect((await check())['timescaledb-jobs-disabled']).toMatchObject({
        status: 'warning',
        value: 1,
        sentence: expect.stringContaining(
          `${job} (policy_compression of public.disabled)`,
        ),
      });
      await dropHypertable('disabled');
    });

    it('counts chunks that a policy should have compressed, and none once they are compressed', async () => {
      await createHypertable('uncompressed');
      await addCompressionPolicy('uncompressed');
      const before = (await check())['timescaledb-uncompressed-chunks'];
      expect(before.status).toBe('warning');
      // Ten days of rows, less the two of the policy and its two runs of half a day.
      expect(before.value).toBeGreaterThanOrEqual(6);
      expect(before.value).toBeLessThanOrEqual(8);
      expect(before.sentence).toContain('of public.uncompressed, the oldest');
      expect(
        (
          await check({
            thresholds: thresholdOf('timescaledb-uncompressed-chunks', 5),
          })
        )['timescaledb-uncompressed-chunks'],
      ).toMatchObject({
        status: 'critical',
        threshold: expect.stringContaining('critical above 5'),
      });

      await server.query(
        `SELECT count(compress_chunk(c, if_not_compressed => true)) FROM show_chunks('public.uncompressed', older_than => interval '1 day') AS c`,
      );
      const after = await check();
      expect(after['timescaledb-uncompressed-chunks']).toMatchObject({
        status: 'ok',
        value: 0,
      });
      expect(after['timescaledb-compression-ratio'].sentence).toMatch(
        /^What is compressed of public.uncompressed on .* a ratio of [\d.]+.*too little to judge/,
      );
      await dropHypertable('uncompressed');
    });

    it('warns of a hypertable whose data hardly compresses', async () => {
      await server.query(`
      CREATE TABLE public.noise (at timestamptz NOT NULL, body text);
      SELECT create_hypertable('public.noise', 'at');
      INSERT INTO public.noise
      SELECT now() - n * interval '1 second', (SELECT string_agg(md5(random()::text || n || i), '') FROM generate_series(1, 20) AS i)
      FROM generate_series(1, 16000) AS n;
      ALTER TABLE public.noise SET (timescaledb.compress)`);
      await server.query(
        `SELECT count(compress_chunk(c)) FROM show_chunks('public.noise') AS c`,
      );
      const signal = (await check())['timescaledb-compression-ratio'];
      expect(signal.status).toBe('warning');
      expect(signal.value).toBeGreaterThan(0);
      expect(signal.value).toBeLessThan(2);
      await dropHypertable('noise');
    });

    it('notices chunks in the future, and where their rows are', async () => {
      await createHypertable('ahead');
      expect((await check())['timescaledb-future-chunks'].status).toBe('ok');
      await server.query(
        `INSERT INTO public.ahead VALUES (now() + interval '400 days', 1, 1)`,
      );
      expect((await check())['timescaledb-future-chunks']).toMatchObject({
        status: 'warning',
        value: 1,
        sentence: expect.stringContaining('1 of public.ahead'),
      });
      await dropHypertable('ahead');
    });

    it('says how far a continuous aggregate is behind its policy, and that one has none', async () => {
      await createHypertable('raw');
      await server.query(`
      CREATE MATERIALIZED VIEW public.hourly WITH (timescaledb.continuous) AS
      SELECT time_bucket('1 hour', at) AS bucket, sensor, avg(value) FROM public.raw GROUP BY 1, 2 WITH NO DATA`);
      expect(
        (await check())['timescaledb-continuous-aggregates'].sentence,
      ).toContain('Without a refresh policy: public.hourly');
      await server.query(
        `SELECT add_continuous_aggregate_policy('public.hourly', start_offset => interval '20 days', end_offset => interval '1 hour', schedule_interval => interval '10 minutes', initial_start => now() + interval '1 day')`,
      );
      await server.query(
        `CALL refresh_continuous_aggregate('public.hourly', NULL, now() - interval '5 days')`,
      );
      const behind = (await check())['timescaledb-continuous-aggregates'];
      expect(behind.status).toBe('critical');
      expect(behind.sentence).toContain('public.hourly by at least');
      // Five days less up to one, as the newest chunk may have begun a day ago.
      expect(behind.value).toBeGreaterThan(3.9 * 86_400);
      expect(behind.value).toBeLessThan(5 * 86_400);

      await server.query(
        `CALL refresh_continuous_aggregate('public.hourly', NULL, now())`,
      );
      expect(
        (await check())['timescaledb-continuous-aggregates'],
      ).toMatchObject({
        status: 'ok',
        value: 0,
      });
      await dropHypertable('raw');
    });

    it('says when restoring mode was left on, though its own session was opened before', async () => {
      const [{ name }] = await server.query<{ name: string }>(
        'SELECT current_database() AS name',
      );
      await server.query(
        `ALTER DATABASE "${name}" SET timescaledb.restoring = 'on'`,
      );
      expect((await check())['timescaledb-restoring']).toMatchObject({
        status: 'critical',
        sentence: expect.stringContaining(`is on for ${name} of `),
      });
      await server.query(
        `ALTER DATABASE "${name}" RESET timescaledb.restoring`,
      );
      expect((await check())['timescaledb-restoring'].status).toBe('ok');
    });

    it('opens neither hypertable nor chunk for any of its signals: a lock on one delays nothing', async () => {
      await createHypertable('watched');
      for (const { id, sql } of TIMESCALE_CHECKS) {
        const text = sql({ versionNumber: 170_000, has: () => true });
        // Both in one transaction, so that locks are still held when they are listed.
        const locked = await server.query(`${text};
        SELECT l.relation::regclass::text AS name
        FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE l.pid = pg_backend_pid()
          AND (n.nspname = 'public' OR n.nspname = '_timescaledb_internal' AND c.relname LIKE '\\_hyper%')`);
        expect({ id, locked }).toEqual({ id, locked: [] });
      }
      await dropHypertable('watched');
    });

    const query: Query = sql => server.query(sql);

    it('counts hypertables and chunks of a copy, says that its jobs are off, and finds a chunk that is missing', async () => {
      await createHypertable('copied');
      expect(await timescaleFacts(query)).toMatchObject({
        hypertables: 1,
        chunks: expect.any(Number),
        compressedChunks: 0,
        timescaledbJobs: expect.stringMatching(/^off: /),
      });
      const found = await hypertableCheck(['app'], () => query);
      expect(found).toMatchObject({ id: 'hypertables', status: 'passed' });
      expect(found?.value).toBeGreaterThanOrEqual(10);
      await server.query(
        `UPDATE _timescaledb_catalog.chunk SET table_name = 'gone'
       WHERE id = (SELECT max(id) FROM _timescaledb_catalog.chunk)`,
      );
      expect(await hypertableCheck(['app'], () => query)).toMatchObject({
        status: 'failed',
        sentence: expect.stringContaining('_timescaledb_internal.gone in app'),
      });
      await server.query(
        `UPDATE _timescaledb_catalog.chunk c SET table_name = r.relname
       FROM pg_class r WHERE c.table_name = 'gone' AND r.relname LIKE '\\_hyper\\_' || c.hypertable_id || '\\_' || c.id || '\\_chunk'`,
      );
      await dropHypertable('copied');
    });

    it('ends the restoring mode that came along with a copy', async () => {
      const [{ name }] = await server.query<{ name: string }>(
        'SELECT current_database() AS name',
      );
      await server.query(
        `ALTER DATABASE "${name}" SET timescaledb.restoring = 'on'`,
      );
      expect(await endRestoringMode(query)).toEqual([name]);
      expect(await endRestoringMode(query)).toEqual([]);
      expect((await check())['timescaledb-restoring'].status).toBe('ok');
    });

    it('says whether background workers run its jobs', async () => {
      await createHypertable('worked');
      await addCompressionPolicy('worked');
      const signal = (await check())['timescaledb-background-workers'];
      const [status, sentence] = kind.runsJobs
        ? ['ok', /^\d+ of \d+ TimescaleDB workers and \d+ of \d+ worker/]
        : ['warning', /timescaledb is not in shared_preload_libraries/];
      expect(signal.status).toBe(status);
      expect(signal.sentence).toMatch(sentence);
      await dropHypertable('worked');
    });
  },
);

function thresholdOf(id: string, critical: number): JsonObject {
  return { [id]: { critical } };
}
