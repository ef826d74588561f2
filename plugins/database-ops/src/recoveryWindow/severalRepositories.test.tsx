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
import { renderPart } from '../__testUtils__/render';
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
