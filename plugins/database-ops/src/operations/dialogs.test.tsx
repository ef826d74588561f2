import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { BackupDialog } from '../backup/BackupDialog';
import { RestoreDialog } from '../restore/RestoreDialog';
import {
  aBackup,
  aDatabase,
  anApi,
  anOperation,
  answer,
} from '../__testUtils__/fixtures';
import { renderPart } from '../__testUtils__/render';

describe('The backup dialog', () => {
  it('draws its form from the capabilities, checks it, and sends typed parameters with one key', async () => {
    const api = anApi();
    api.createOperation.mockRejectedValueOnce(
      await answer(409, {
        name: 'ConflictError',
        message: 'A backup of analytics-timescale is running.',
        operationId: 'op-7',
      }),
    );
    await renderPart(
      <BackupDialog database={aDatabase()} onClose={jest.fn()} />,
      api,
    );
    const dialog = screen.getByRole('dialog', {
      name: 'Back up analytics-timescale',
    });
    const start = within(dialog).getByRole('button', { name: 'Start backup' });
    const processes = within(dialog).getByLabelText(/Processes/);
    await userEvent.clear(processes);
    await userEvent.type(processes, '9');
    expect(dialog).toHaveTextContent('Processes has to be at most 8.');
    expect(start).toBeDisabled();
    await userEvent.clear(processes);
    await userEvent.type(processes, '4');
    await userEvent.selectOptions(
      within(dialog).getByLabelText(/compression/),
      'zst',
    );
    await userEvent.click(within(dialog).getByLabelText('Check pages'));
    expect(dialog).toHaveTextContent('4 h.');

    await userEvent.click(start);
    expect(
      await within(dialog).findByRole('link', { name: 'Go to operation op-7' }),
    ).toHaveAttribute('href', '/databases/operations/op-7');
    expect(dialog).toHaveTextContent(
      'A backup of analytics-timescale is running.',
    );

    api.createOperation.mockResolvedValueOnce(anOperation());
    await userEvent.click(start);
    const [[request, firstKey], [, secondKey]] = api.createOperation.mock.calls;
    expect(request).toEqual({
      databaseId: 'analytics-timescale',
      kind: 'backup',
      parameters: {
        type: 'full',
        compression: 'zst',
        checkPages: true,
        processes: 4,
        giveUpAfter: 'PT4H',
      },
      reason: undefined,
    });
    expect(secondKey).toBe(firstKey);
  });
});

describe('The restore dialog', () => {
  it('goes through three steps and starts only when the name is typed', async () => {
    const api = anApi({
      getBackups: jest.fn(async () => ({
        items: [
          aBackup({ id: 'gone', state: 'missing' }),
          aBackup(),
          aBackup({ id: 'older' }),
        ],
        totalItems: 3,
      })),
    });
    api.createOperation.mockResolvedValue(anOperation({ kind: 'restore' }));
    await renderPart(
      <RestoreDialog database={aDatabase()} onClose={jest.fn()} />,
      api,
    );
    const dialog = screen.getByRole('dialog', {
      name: 'Restore analytics-timescale to a new place',
    });
    await userEvent.click(within(dialog).getByLabelText('A backup'));
    const picker = await within(dialog).findByLabelText('Backup');
    expect(within(picker).queryByText(/gone/)).not.toBeInTheDocument();
    await userEvent.selectOptions(picker, 'older');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Next' }));

    expect(dialog).toHaveTextContent('It writes 493 MiB.');
    await userEvent.selectOptions(
      within(dialog).getByLabelText('Keep for'),
      'PT4H',
    );
    await userEvent.click(within(dialog).getByRole('button', { name: 'Next' }));

    expect(dialog).toHaveTextContent('Nothing of analytics-timescale');
    const start = within(dialog).getByRole('button', { name: 'Start restore' });
    expect(start).toBeDisabled();
    await userEvent.type(
      within(dialog).getByLabelText(/Type analytics-timescale to confirm/),
      'analytics-timescale',
    );
    await userEvent.click(start);
    expect(api.createOperation).toHaveBeenCalledWith(
      {
        databaseId: 'analytics-timescale',
        kind: 'restore',
        parameters: {
          kind: 'backup',
          backupId: 'older',
          expiresAfter: 'PT4H',
        },
        confirmation: 'analytics-timescale',
        reason: undefined,
      },
      expect.any(String),
    );
  });

  it('says what to do when the repository holds nothing to restore', async () => {
    const api = anApi({
      getBackups: jest.fn(async () => ({ items: [], totalItems: 0 })),
    });
    await renderPart(
      <RestoreDialog
        database={aDatabase()}
        given={{ kind: 'backup' }}
        onClose={jest.fn()}
      />,
      api,
    );
    expect(await screen.findByText(/Back it up first\./)).toBeVisible();
    expect(screen.getByRole('button', { name: 'Next' })).toBeDisabled();
  });
});
