import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { BackupDialog } from '../backup/BackupDialog';
import { BackupsCard } from '../backup/BackupsCard';
import {
  aBackup,
  aDatabase,
  ago,
  anApi,
  anOperation,
} from '../__testUtils__/fixtures';
import { fill } from '../__testUtils__/fill';
import { renderPart } from '../__testUtils__/render';
import { RestoreDialog } from '../restore/RestoreDialog';
import { RecoveryWindowCard } from './RecoveryWindowCard';

const database = aDatabase({ repositoryIds: ['main', 'far'] });

const far = aBackup({ id: 'far-1', repositoryId: 'far', state: 'unknown' });

function backend() {
  return anApi({
    getBackups: jest.fn(async () => ({
      items: [aBackup({ repositoryId: 'main' }), far],
      totalItems: 2,
    })),
    getRecoveryWindow: jest.fn(async () => ({
      databaseId: database.id,
      sentence: 'One of two repositories answers.',
      intervals: [
        {
          kind: 'claimed' as const,
          from: { time: ago(3600) },
          to: { time: ago(60) },
          repositoryId: 'main',
        },
        {
          kind: 'claimed' as const,
          from: { time: ago(7200) },
          to: { time: ago(3600) },
          repositoryId: 'far',
          repositoryUnreachable: true,
        },
      ],
    })),
    createOperation: jest.fn(async () => anOperation()),
  });
}

describe('A database with several repositories', () => {
  it('says what each holds and whether it answers', async () => {
    await renderPart(<RecoveryWindowCard database={database} />, backend());
    const list = await screen.findByRole('list', {
      name: `Repositories of ${database.id}`,
    });
    const [main, away] = within(list).getAllByRole('listitem');
    expect(main).toHaveTextContent(/^main answers, 1 backup, the newest 9 min/);
    expect(away).toHaveTextContent(/^far does not answer, 1 backup/);

    await userEvent.click(screen.getByText('As a table'));
    const table = screen.getByRole('table');
    expect(table).toHaveTextContent(/Claimed.*farDoes not answer/);
  });

  it('names the repository of each backup, and offers no restore of what is not known', async () => {
    await renderPart(
      <BackupsCard
        database={database}
        onRestore={jest.fn()}
        onRetention={jest.fn()}
      />,
      backend(),
    );
    const row = (await screen.findByText('far-1')).closest('tr')!;
    expect(row).toHaveTextContent(/far-1fullfar/);
    expect(
      within(row).getByRole('button', { name: 'Restore far-1' }),
    ).toHaveAccessibleDescription('Backup far-1 is unknown in repository far.');
  });

  describe('that hold backups of one label', () => {
    const twins = ['main', 'far'].map(repositoryId =>
      aBackup({
        id: 'twin',
        repositoryId,
        breakGlass: [`pgbackrest restore --repo=${repositoryId}`],
      }),
    );
    const holding = () => {
      const api = backend();
      api.getBackups.mockResolvedValue({ items: twins, totalItems: 2 });
      return api;
    };

    it('keeps them apart in the table', async () => {
      const said = jest.spyOn(console, 'error').mockImplementation();
      const onRestore = jest.fn();
      await renderPart(
        <BackupsCard
          database={database}
          onRestore={onRestore}
          onRetention={jest.fn()}
        />,
        holding(),
      );
      const [, restoreFar] = await screen.findAllByLabelText('Restore twin');
      await userEvent.click(restoreFar);
      expect(onRestore).toHaveBeenCalledWith(twins[1]);
      const [, showFar] = screen.getAllByText('Shell commands');
      await userEvent.click(showFar);
      expect(
        await screen.findByText('pgbackrest restore --repo=far'),
      ).toBeVisible();
      expect(said.mock.calls.flat().join(' ')).not.toContain('same key');
      said.mockRestore();
    });

    it('restores the chosen one from its repository', async () => {
      const api = holding();
      await renderPart(
        <RestoreDialog
          database={database}
          given={{ kind: 'backup', backupId: 'twin', repositoryId: 'far' }}
          onClose={jest.fn()}
        />,
        api,
      );
      const picker = await screen.findByLabelText('Backup');
      expect(picker).toHaveDisplayValue(/in far/);
      await userEvent.selectOptions(
        picker,
        within(picker).getByText(/in main/),
      );
      await userEvent.selectOptions(picker, within(picker).getByText(/in far/));
      await userEvent.click(screen.getByRole('button', { name: 'Next' }));
      await userEvent.click(screen.getByRole('button', { name: 'Next' }));
      await fill(screen.getByLabelText(/Type/), database.id);
      await userEvent.click(
        screen.getByRole('button', { name: 'Start restore' }),
      );
      expect(api.createOperation).toHaveBeenCalledWith(
        expect.objectContaining({
          parameters: expect.objectContaining({
            kind: 'backup',
            backupId: 'twin',
            repositoryId: 'far',
          }),
        }),
        expect.any(String),
      );
    });
  });

  it('is backed up into the chosen one', async () => {
    const api = backend();
    await renderPart(
      <BackupDialog database={database} onClose={jest.fn()} />,
      api,
    );
    await userEvent.selectOptions(screen.getByLabelText('Repository'), 'far');
    await userEvent.click(screen.getByLabelText('Incremental'));
    await userEvent.click(screen.getByText('Start backup'));
    expect(api.createOperation).toHaveBeenCalledWith(
      expect.objectContaining({
        parameters: { type: 'incr', repositoryId: 'far' },
      }),
      expect.any(String),
    );
  });

  it('asks nothing where there is one only', async () => {
    await renderPart(
      <BackupDialog database={aDatabase()} onClose={jest.fn()} />,
      backend(),
    );
    expect(screen.queryByLabelText('Repository')).toBeNull();
  });
});
