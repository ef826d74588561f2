import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetLoan } from 'local-fleet';
import { recordedRun } from '../__testUtils__/recordedRun';
import { RenderedHost } from '../__testUtils__/RenderedHost';
import { takeBackup } from '../backup/takeBackup';
import { readInventory } from '../inventory/readInventory';

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

  it('keeps the secrets of the repository from other accounts', async () => {
    const { mode } = await stat(
      join(host.folder, 'etc/conf.d/repository-secrets.conf'),
    );
    expect(mode & 0o777).toBe(0o600);
  });
});
