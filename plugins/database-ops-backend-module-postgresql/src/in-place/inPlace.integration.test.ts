import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JsonObject } from '@backstage/types';
import { Inventory } from 'backstage-plugin-database-ops-node';
import { FleetLoan, LocalFleet } from 'local-fleet';
import { fleetTarget, withAdmin } from '../__testUtils__/fleetDatabase';
import { InPlaceBench } from '../__testUtils__/InPlaceBench';
import { killWorkerAt } from '../__testUtils__/killWorkerAt';
import { engine } from '../engine';
import { serverPid } from '../restore/serverPid';

jest.setTimeout(600_000);

describe('a restore onto a real source', () => {
  let loan: FleetLoan;
  let fleet: LocalFleet;
  let bench: InPlaceBench;
  let stateDirectory: string;

  beforeAll(async () => {
    // Its primary is replaced, and its timelines part: nobody else can use it.
    loan = await FleetLoan.take({ only: ['s3', 'postgresql'], fresh: true });
    fleet = loan.fleet;
    stateDirectory = await mkdtemp(join(tmpdir(), 'postgresql-in-place-'));
    bench = await benchOf('in-place');
  });

  afterAll(async () => {
    await loan?.giveBack();
    await rm(stateDirectory, { recursive: true, force: true });
  });

  async function benchOf(
    name: string,
    override: JsonObject = {},
  ): Promise<InPlaceBench> {
    return new InPlaceBench({
      name,
      target: await fleetTarget(fleet, override),
      stateDirectory,
      ask: sql =>
        withAdmin(fleet, async client =>
          (
            await client.query<[string]>({ text: sql, rowMode: 'array' })
          ).rows.map(([first]) => first),
        ),
    });
  }

  function branches(inventory: Inventory) {
    return (inventory.branches ?? []).map(({ branch, parent }) => [
      branch,
      parent,
    ]);
  }

  it('brings a moment back under a new timeline that is archived, and a rollback brings the source back as it was', async () => {
    await bench.backUp();
    await bench.write('before');
    const lsn = await bench.position();
    await bench.write('after');
    await bench.archived();
    const source = await bench.server();

    const { outcome, reference } = await bench.restore({ kind: 'lsn', lsn });
    expect(outcome).toMatchObject({ mode: 'in-place', state: 'running' });
    expect(outcome.facts).toMatchObject({
      protection: 'UNPROTECTED',
      sourceTimeline: source.timeline,
      timeline: source.timeline + 1,
      branchArchived: true,
      standbysToRebuild: [expect.stringContaining('fleet-pg-2')],
      slotsToCreate: ['fleet_pg_2 (physical)'],
    });
    expect((await bench.tokens()).at(-1)).toBe('before');
    expect(await bench.server()).toEqual({
      ...source,
      timeline: source.timeline + 1,
    });
    expect(branches(await bench.takeInventory())).toEqual([['2', '1']]);

    await bench.write('on the new timeline');
    const lines = await bench.discard(reference);
    expect(lines.join('\n')).toMatch(
      /[1-9]\d* transactions? \(.* of WAL\) written since the restored server opened/,
    );
    expect(await bench.server()).toEqual(source);
    expect((await bench.tokens()).slice(-2)).toEqual(['before', 'after']);
    expect(await bench.kept()).toEqual([]);
    // Done already.
    await bench.discard(reference);

    const window = engine.describe.recoveryWindow(
      bench.target.database.id,
      await bench.archived(),
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
      const pid = await serverPid(bench.sourceDirectory);
      const { context } = await bench.run();
      await expect(
        engine.operate.restore!(
          await fleetTarget(fleet, override),
          { mode: 'in-place', kind: 'latest', ...parameters },
          context,
        ),
      ).rejects.toThrow(reason);
      expect(await serverPid(bench.sourceDirectory)).toBe(pid);
      expect(await bench.kept()).toEqual([]);
    },
  );

  it('is refused while Patroni has sessions there and its address is not known', async () => {
    await withAdmin(fleet, async client => {
      await client.query("SET application_name = 'Patroni restapi'");
      await expect(bench.restore({ kind: 'latest' })).rejects.toThrow(
        /Patroni manages fleet-pg-1 .*highAvailability\.patroni\.url/,
      );
    });
    expect(await bench.kept()).toEqual([]);
  });

  it('leaves the source running when it is cancelled beside it', async () => {
    const pid = await serverPid(bench.sourceDirectory);
    const controller = new AbortController();
    const { context } = await bench.run({ signal: controller.signal });
    const work = engine.operate.restore!(
      bench.target,
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
    expect(await serverPid(bench.sourceDirectory)).toBe(pid);
    expect(await bench.kept()).toEqual([]);
  });

  describe('whose worker is killed', () => {
    let before: { readonly tokens: readonly string[]; readonly lsn: string };
    let source: unknown;

    beforeAll(async () => {
      // From here on the server is started and stopped by pg_ctl.
      bench = await benchOf('killing', {
        inPlace: { stop: undefined, start: undefined },
      });
      const lsn = await bench.position();
      await bench.write('written before a worker was killed');
      await bench.archived();
      before = { tokens: await bench.tokens(), lsn };
      source = await bench.server();
    });

    let kills = 0;
    async function killAt(step: string): Promise<string> {
      kills += 1;
      const operationId = `killed-${kills}`;
      await killWorkerAt(step, {
        fleet,
        stateDirectory,
        operationId,
        parameters: { kind: 'lsn', lsn: before.lsn },
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
        expect(await bench.kept()).toHaveLength(1);
        await bench.discard({
          restoredInstanceId,
          directory: '',
          facts: { mode: 'in-place' },
        });
        expect(await bench.server()).toEqual(source);
        expect(await bench.tokens()).toEqual(before.tokens);
        expect(await bench.kept()).toEqual([]);
      },
    );

    it('when the restored one had let people in leaves the decision to a person, who is told what a rollback loses', async () => {
      const restoredInstanceId = await killAt('Archiving the new timeline');
      await bench.write('written to the restored one');
      await expect(bench.restore({ kind: 'latest' })).rejects.toThrow(
        'has not been confirmed',
      );
      expect((await bench.tokens()).at(-1)).toBe('written to the restored one');
      const lines = await bench.discard({
        restoredInstanceId,
        directory: '',
        facts: { mode: 'in-place' },
      });
      expect(lines.join('\n')).toMatch(
        /[1-9]\d* transactions? \(.* of WAL\) written since the restored server opened/,
      );
      expect(await bench.server()).toEqual(source);
      expect(await bench.tokens()).toEqual(before.tokens);
      expect(await bench.kept()).toEqual([]);
    });

    it('is put back by the next one, which to the latest moment loses no commit and is protected when it is confirmed', async () => {
      await killAt('Keeping the source aside');
      // The source is stopped: the next one starts it first.
      const { outcome, reference, lines } = await bench.restore({
        kind: 'latest',
      });
      expect(lines.join('\n')).toContain(
        'ended in the middle of a restore in place (switching)',
      );
      expect(await bench.tokens()).toEqual(before.tokens);
      const { timeline } = outcome.facts;
      expect(timeline).toBeGreaterThan(2);
      await expect(bench.restore({ kind: 'latest' })).rejects.toThrow(
        'has not been confirmed',
      );

      const { context } = await bench.run();
      await expect(
        engine.operate.discard!(bench.target, reference, {
          ...context,
          requestedBy: `schedule:${bench.target.database.id}/expiry`,
        }),
      ).rejects.toThrow('its expiry does not roll it back');

      const promoted = await bench.promote(reference);
      expect(promoted.state).toBe('promoted');
      await expect(bench.promote(reference)).rejects.toThrow('is left');
      expect(outcome.facts.protection).toBe('UNPROTECTED');
      expect(promoted.facts?.protection).toBe('PROTECTED');
      expect(await bench.kept()).toEqual([]);
      const inventory = await bench.takeInventory();
      expect(
        inventory.backups.find(({ id }) => id === promoted.facts?.firstBackup)
          ?.from,
      ).toMatchObject({ timeline });
      expect(await bench.server()).toMatchObject({
        timeline,
        archiveMode: 'on',
      });
    });
  });
});
