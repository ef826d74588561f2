// Sources that do not have everything in their data directory.
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FleetLoan } from 'local-fleet';
import { InPlaceBench } from '../__testUtils__/InPlaceBench';
import { RenderedHost } from '../__testUtils__/RenderedHost';

jest.setTimeout(300_000);

const LOCATION =
  "SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE spcname = 'fast'";

describe('a restore onto a source with tablespaces and its configuration elsewhere', () => {
  let loan: FleetLoan;
  let host: RenderedHost;
  let bench: InPlaceBench;

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3'] });
    const { context } = loan.fleet;
    const name = `layout-${Date.now()}`;
    const folder = (path: string) =>
      context.folder(`hosts/${name}/${path}`, { owner: 'service' });
    await folder('');
    host = await RenderedHost.create(loan.fleet, {
      name,
      configurationElsewhere: true,
      keys: {
        restore: {
          directory: await folder('restores'),
          binDirectory: dirname(await context.tool('postgres')),
          portRange: '12000-14999',
          ...(context.serviceUser && { runAs: context.serviceUser.name }),
        },
        inPlace: { directory: await folder('in-place') },
      },
    });
    await folder('fast');
    await folder('faster');
    await folder('passing');
    bench = new InPlaceBench({
      name: 'in-place',
      target: host.target,
      stateDirectory: host.folder,
      ask: async sql => (await host.sql(sql)).split('\n'),
    });
    await host.sql(
      `CREATE TABLESPACE fast LOCATION '${join(host.folder, 'fast')}'`,
    );
    await host.sql('CREATE SCHEMA app');
    await host.sql(
      'CREATE TABLE app.canary (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, token text) TABLESPACE fast',
    );
    await bench.write('before');
    await bench.backUp();
  });

  afterAll(async () => {
    await host?.stop();
    await loan?.giveBack();
  });

  const original = () => join(host.folder, 'fast');

  it('keeps its tablespaces aside, and a rollback brings them back', async () => {
    const lsn = await bench.position();
    await bench.write('after');
    await bench.archived();
    const source = await bench.server();
    expect(source.configurationFile).toBe(
      join(host.configurationDirectory, 'postgresql.conf'),
    );

    const { outcome, reference } = await bench.restore({ kind: 'lsn', lsn });
    expect(await bench.tokens()).toEqual(['before']);
    expect(await bench.ask(LOCATION)).toBe(
      join(outcome.directory!, 'tablespaces', 'fast'),
    );
    expect(await bench.server()).toEqual({ ...source, timeline: 2 });
    await bench.write('on the new timeline');

    await bench.discard(reference);
    expect(await bench.server()).toEqual(source);
    expect(await bench.ask(LOCATION)).toBe(original());
    expect(await bench.tokens()).toEqual(['before', 'after']);
    expect(await bench.kept()).toEqual([]);
  });

  it('is refused to a moment behind a tablespace that no backup has, and leaves the files of that alone', async () => {
    const lsn = await bench.position();
    const location = join(host.folder, 'faster');
    await host.sql(`CREATE TABLESPACE faster LOCATION '${location}'`);
    await host.sql(
      "CREATE TABLE app.late TABLESPACE faster AS SELECT 'late' AS token",
    );
    await bench.archived();
    const source = await bench.server();
    const behind = await bench.position();
    await bench.write('behind');
    await bench.archived();

    await expect(bench.restore({ kind: 'latest' })).rejects.toThrow(
      `The tablespace at ${location} was made after the backup`,
    );
    await expect(
      bench.restore({ kind: 'lsn', lsn: behind }),
    ).rejects.toMatchObject({
      failure: { object: location, code: 'in-place-undone' },
    });
    expect(await bench.server()).toEqual(source);
    expect(await bench.kept()).toEqual([]);
    expect(await bench.ask('SELECT token FROM app.late')).toBe('late');

    // Before it was made is no such moment.
    const { reference } = await bench.restore({ kind: 'lsn', lsn });
    expect(await bench.tokens()).toEqual(['before', 'after']);
    await bench.discard(reference);
    expect(await bench.ask('SELECT token FROM app.late')).toBe('late');
    await host.sql('DROP TABLE app.late');
    await host.sql('DROP TABLESPACE faster');
  });

  it('is confirmed with its tablespaces in their new place, from where the next one takes over', async () => {
    const passing = join(host.folder, 'passing');
    await host.sql(`CREATE TABLESPACE passing LOCATION '${passing}'`);
    await bench.backUp();
    // In the backup, and dropped again by what is replayed.
    await host.sql('DROP TABLESPACE passing');
    await bench.archived();
    const first = await bench.restore({ kind: 'latest' });
    await bench.promote(first.reference);
    expect(await readdir(original())).toEqual([]);
    await bench.write('confirmed');

    const second = await bench.restore({ kind: 'latest' });
    expect(await bench.tokens()).toContain('confirmed');
    await bench.promote(second.reference);
    expect(await bench.ask(LOCATION)).toBe(
      join(second.outcome.directory!, 'tablespaces', 'fast'),
    );
    expect(await bench.kept()).toHaveLength(1);
  });

  it('starts one that did not run with the configuration that it had', async () => {
    const lsn = await bench.position();
    await bench.write('before the stop');
    await bench.archived();
    const { configurationFile } = await bench.server();
    await host.stopPostgresql();
    await bench.restore({ kind: 'lsn', lsn });
    expect(await bench.tokens()).not.toContain('before the stop');
    expect(await bench.server()).toMatchObject({ configurationFile });
  });
});
