import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetLoan } from 'local-fleet';
import { recordedRun } from '../__testUtils__/recordedRun';
import { RenderedHost } from '../__testUtils__/RenderedHost';
import { takeBackup } from '../backup/takeBackup';
import { readInventory } from '../inventory/readInventory';
import { verifyDatabase } from '../verify/verifyDatabase';

jest.setTimeout(300_000);

describe('a host that is set up as rendered', () => {
  let loan: FleetLoan;
  let host: RenderedHost;

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3'] });
    host = await RenderedHost.create(loan.fleet, {
      name: `rendered-${Date.now()}`,
    });
  });

  afterAll(async () => {
    await host?.stop();
    await loan?.giveBack();
  });

  it('archives asynchronously and gives a backup through its server', async () => {
    const { context } = await recordedRun(host.target.repository, {
      operationId: 'rendered-backup',
      stateDirectory: host.folder,
    });
    const { backup } = await takeBackup(host.target, { type: 'full' }, context);
    expect(backup).toMatchObject({ type: 'full', state: 'present' });
    const inventory = await readInventory(host.target, context);
    expect(inventory.backups.map(({ id }) => id)).toEqual([backup.id]);
    expect((await stat(join(host.folder, 'spool/archive'))).isDirectory()).toBe(
      true,
    );
  });

  async function verifyArchivingOf(timeoutSeconds: number) {
    const { context, lines } = await recordedRun(host.target.repository, {
      operationId: 'rendered-archiving',
      stateDirectory: host.folder,
    });
    const { proof } = await verifyDatabase(
      host.target,
      { depth: 'archiving', timeoutSeconds },
      context,
    );
    return { proof, lines };
  }

  it('proves that WAL arrives, by the segment and its seconds', async () => {
    const { proof } = await verifyArchivingOf(60);
    expect(proof).toMatchObject({
      depth: 'archiving',
      state: 'proved',
      checks: [
        { id: 'archiving', status: 'passed', unit: 's' },
        { id: 'read-back', status: 'passed' },
      ],
    });
    const { segment, seconds } = proof.facts as Record<string, unknown>;
    expect(segment).toMatch(/^[0-9A-F]{24}$/);
    expect(seconds).toBeGreaterThan(0);
    expect(proof.checks[1].sentence).toContain(`/${segment}-`);
  });

  it('names the stanza whose archive_command fails', async () => {
    await host.sql(`ALTER SYSTEM SET archive_command = 'false # pgbackrest';`);
    await host.reload();
    try {
      const { proof } = await verifyArchivingOf(5);
      expect(proof.state).toBe('failed');
      expect(proof.sentence).toContain(host.target.database.id);
      expect(proof.sentence).toContain('archive_command');
    } finally {
      await host.sql('ALTER SYSTEM RESET archive_command;');
      await host.reload();
    }
    expect((await verifyArchivingOf(60)).proof.state).toBe('proved');
  });

  it('names the repository that is gone', async () => {
    await loan.fleet.member('fleet-s3').stop({ force: true });
    try {
      const { proof } = await verifyArchivingOf(5);
      expect(proof.state).toBe('failed');
      expect(proof.sentence).toContain(`'${host.target.repository.id}'`);
      expect(proof.sentence).toContain('cannot be reached');
    } finally {
      await loan.fleet.member('fleet-s3').start();
    }
    expect((await verifyArchivingOf(60)).proof.state).toBe('proved');
  });

  it('keeps the secrets of the repository from other accounts', async () => {
    const { mode } = await stat(
      join(host.folder, 'etc/conf.d/repository-secrets.conf'),
    );
    expect(mode & 0o777).toBe(0o600);
  });
});
