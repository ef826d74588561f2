import { timescaleKinds, TimescaleServer } from 'local-fleet';
import { Client, escapeLiteral } from 'pg';
import { recompressChunks, refreshAggregates } from './timescale';
import { Candidate, MaintainedServer, MaintenanceActionKind } from './types';

jest.setTimeout(300_000);

/** The blocks' names say on which servers this ran. */
describe.each(timescaleKinds())('maintenance of TimescaleDB ($name)', kind => {
  let timescale: TimescaleServer;
  let server: MaintainedServer;

  beforeAll(async () => {
    timescale = await kind.start();
    // One session at a time is all that the build for tests lets in.
    const client = {
      query: async (sql: string, values: readonly string[] = []) => ({
        rows: await timescale.query(
          sql.replace(/\$(\d)/g, (_all, n) =>
            escapeLiteral(values[Number(n) - 1]),
          ),
        ),
      }),
    } as unknown as Client;
    server = { client, versionNumber: 150_000, role: 'postgres' };
    await timescale.query(`
      CREATE TABLE public.readings (at timestamptz NOT NULL, sensor int NOT NULL, value float8);
      SELECT create_hypertable('public.readings', 'at', chunk_time_interval => interval '1 day');
      INSERT INTO public.readings
      SELECT now() - n * interval '1 hour', s, n FROM generate_series(0, 240) AS n, generate_series(1, 5) AS s;
      ALTER TABLE public.readings SET (timescaledb.compress, timescaledb.compress_segmentby = 'sensor')`);
    await timescale.query(
      `SELECT add_compression_policy('public.readings', interval '2 days', initial_start => now() + interval '1 day')`,
    );
    await timescale.query(`
      CREATE MATERIALIZED VIEW public."Readings by day" WITH (timescaledb.continuous, timescaledb.materialized_only = true) AS
      SELECT time_bucket('1 day', at) AS day, sensor, avg(value) AS average
      FROM public.readings GROUP BY 1, 2 WITH NO DATA`);
  });

  afterAll(async () => {
    await timescale?.query('DROP MATERIALIZED VIEW public."Readings by day"');
    await timescale?.query('DROP TABLE public.readings');
    await timescale?.close();
  });

  async function candidatesOf(
    action: MaintenanceActionKind,
  ): Promise<readonly Candidate[]> {
    const found = await action.candidates(server);
    if ('nothing' in found) {
      throw new Error(found.nothing);
    }
    return found;
  }

  const suggestedOf = async (action: MaintenanceActionKind) =>
    (await candidatesOf(action)).filter(({ suggested }) => suggested);

  it('suggests the chunks that are older than their policy says, compresses one, and compresses it again after a write', async () => {
    const suggested = await suggestedOf(recompressChunks);
    // Ten days of chunks, of which the last two days stay open.
    expect(suggested.length).toBeGreaterThanOrEqual(7);
    const [chunk] = suggested;
    expect(chunk.reason).toContain('public.readings');
    await timescale.query(chunk.command);
    expect(await recompressChunks.measure(server, chunk.object)).toMatchObject({
      compressed: true,
    });
    expect(
      (await candidatesOf(recompressChunks)).map(({ object }) => object),
    ).not.toContain(chunk.object);

    const [{ at }] = await timescale.query<{ at: string }>(
      `SELECT range_start::text AS at FROM timescaledb_information.chunks
         WHERE format('%I.%I', chunk_schema, chunk_name) = ${escapeLiteral(chunk.object)}`,
    );
    await timescale.query(
      `INSERT INTO public.readings VALUES (${escapeLiteral(at)}::timestamptz + interval '1 second', 9, 9)`,
    );
    const again = (await suggestedOf(recompressChunks)).find(
      ({ object }) => object === chunk.object,
    );
    expect(again?.reason).toContain('written to since');
    await timescale.query(again!.command);
    expect(
      (await candidatesOf(recompressChunks)).map(({ object }) => object),
    ).not.toContain(chunk.object);
  });

  it('suggests an aggregate that nothing refreshes, and its command brings the raw rows in', async () => {
    const [aggregate] = await suggestedOf(refreshAggregates);
    expect(aggregate).toMatchObject({
      object: 'public."Readings by day"',
      reason: 'No policy refreshes it.',
    });
    const count = async () =>
      (
        await timescale.query<{ rows: number }>(
          'SELECT count(*)::int AS rows FROM public."Readings by day"',
        )
      )[0].rows;
    expect(await count()).toBe(0);
    await timescale.query(aggregate.command);
    expect(await count()).toBeGreaterThan(40);
  });

  it('keeps to the window of a policy, so that what was dropped as raw rows stays in the aggregate', async () => {
    await timescale.query(
      `SELECT add_continuous_aggregate_policy('public."Readings by day"', start_offset => interval '5 days', end_offset => interval '1 hour', schedule_interval => interval '1 hour', initial_start => now() + interval '1 day')`,
    );
    const [aggregate] = await candidatesOf(refreshAggregates);
    expect(aggregate.command).toMatch(
      /^CALL \w+\.refresh_continuous_aggregate\('public\."Readings by day"', now\(\) - interval '5 days', now\(\) - interval '01:00:00'\)$/,
    );
    await timescale.query(aggregate.command);
  });

  it('offers no refresh once every raw row was dropped and no policy says from when: it would empty the aggregate', async () => {
    const rowsOf = () =>
      timescale.query<{ rows: number }>(
        'SELECT count(*)::int AS rows FROM public."Readings by day"',
      );
    const before = await rowsOf();
    expect(before[0].rows).toBeGreaterThan(40);
    await timescale.query(
      `SELECT remove_continuous_aggregate_policy('public."Readings by day"')`,
    );
    await timescale.query(
      `SELECT drop_chunks('public.readings', now() + interval '2 days')`,
    );
    expect(await candidatesOf(refreshAggregates)).toEqual([]);
    await timescale.query(
      `SELECT add_continuous_aggregate_policy('public."Readings by day"', start_offset => NULL, end_offset => interval '1 hour', schedule_interval => interval '1 hour', initial_start => now() + interval '1 day')`,
    );
    expect(await candidatesOf(refreshAggregates)).toEqual([]);
    expect(await rowsOf()).toEqual(before);
  });
});
