// A source that a real Patroni manages, with a standby that it would promote.
import { dirname } from 'node:path';
import { FleetLoan } from 'local-fleet';
import { InPlaceBench } from '../__testUtils__/InPlaceBench';
import { PatroniCluster } from '../__testUtils__/PatroniCluster';
import { RenderedHost } from '../__testUtils__/RenderedHost';
import { serverPid } from '../restore/serverPid';

jest.setTimeout(300_000);

describe('a restore onto a source that Patroni manages', () => {
  let loan: FleetLoan;
  let host: RenderedHost;
  let patroni: PatroniCluster;
  let bench: InPlaceBench;

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3'] });
    const { context } = loan.fleet;
    const name = `managed-${Date.now()}`;
    const folder = (path: string) =>
      context.folder(`hosts/${name}/${path}`, { owner: 'service' });
    await folder('');
    host = await RenderedHost.create(loan.fleet, {
      name,
      keys: {
        restore: {
          directory: await folder('restores'),
          binDirectory: dirname(await context.tool('postgres')),
          portRange: '12000-14999',
          ...(context.serviceUser && { runAs: context.serviceUser.name }),
        },
        inPlace: { directory: await folder('in-place') },
        highAvailability: {
          patroni: {
            url: `https://127.0.0.1:${await PatroniCluster.apiPort(loan.fleet, name)}`,
            caFile: context.caFile,
          },
        },
      },
    });
    patroni = await PatroniCluster.adopt(loan.fleet, host);
    bench = new InPlaceBench({
      name: 'managed',
      target: host.target,
      stateDirectory: host.folder,
      ask: async sql => (await host.sql(sql)).split('\n'),
    });
    await host.sql('CREATE SCHEMA app');
    await host.sql(
      'CREATE TABLE app.canary (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, token text)',
    );
    await bench.write('before');
    await bench.backUp();
  });

  afterAll(async () => {
    await patroni?.stop();
    await host?.stop();
    await loan?.giveBack();
  });

  /** A moment that the archive can bring back, with a row behind it. */
  async function momentBefore(token: string): Promise<string> {
    const lsn = await bench.position();
    await bench.write(token);
    await bench.archived();
    return lsn;
  }

  const standby = {
    inRecovery: () => patroni.standbySql('SELECT pg_is_in_recovery()'),
    tokens: async () =>
      (
        await patroni.standbySql('SELECT token FROM app.canary ORDER BY id')
      ).split('\n'),
  };

  it('is refused while it could promote the standby, and the source runs on', async () => {
    const lsn = await momentBefore('after');
    const pid = await serverPid(host.dataDirectory);
    await expect(bench.restore({ kind: 'lsn', lsn })).rejects.toThrow(
      /Patroni's cluster .*: leader.* is not paused/,
    );
    expect(await serverPid(host.dataDirectory)).toBe(pid);
    expect(await bench.kept()).toEqual([]);
  });

  it('promotes nobody while it is paused, and after a rollback the standby follows as before', async () => {
    const lsn = await momentBefore('long after');
    await patroni.pause();
    const source = await bench.server();
    const { outcome, reference } = await bench.restore({ kind: 'lsn', lsn });
    expect(outcome.facts).toMatchObject({
      standbysToRebuild: [expect.stringContaining(`${host.name}-standby`)],
    });
    expect(await bench.tokens()).toEqual(['before', 'after']);
    await patroni.untilLeads(source.timeline + 1);
    expect(await standby.inRecovery()).toBe('t');

    await bench.discard(reference);
    expect(await bench.server()).toEqual(source);
    await patroni.untilLeads(source.timeline);
    await patroni.untilFollowed();
    expect(await standby.tokens()).toEqual(['before', 'after', 'long after']);
  });

  it('leads on when it is confirmed and Patroni resumes, and its standby is made anew', async () => {
    await patroni.pause();
    const source = await bench.server();
    const lsn = await momentBefore('not wanted');
    const { reference } = await bench.restore({ kind: 'lsn', lsn });
    expect(await bench.promote(reference)).toMatchObject({
      facts: { protection: 'PROTECTED' },
    });
    await patroni.resume();
    await patroni.untilLeads(source.timeline + 2);
    await patroni.rebuildStandby();
    const tokens = ['before', 'after', 'long after'];
    expect(await bench.tokens()).toEqual(tokens);
    expect(await standby.tokens()).toEqual(tokens);
    expect(await bench.kept()).toEqual([]);
  });
});
