import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { OperationEvent } from 'backstage-plugin-database-ops-common';
import { Router } from '../Router';
import { Route, Routes } from 'react-router-dom';
import {
  aDatabase,
  ago,
  anApi,
  anOperation,
  answer,
} from '../__testUtils__/fixtures';
import { renderPart } from '../__testUtils__/render';

const page = (
  <Routes>
    <Route path="/databases/*" element={<Router />} />
  </Routes>
);
const address = '/databases/operations/op-1';

const events: OperationEvent[] = [
  {
    seq: 1,
    at: ago(38),
    type: 'log',
    level: 'info',
    message: 'stanza is well',
  },
  {
    seq: 2,
    at: ago(30),
    type: 'progress',
    progress: {
      step: 'copying files',
      percent: 10,
      doneBytes: 100,
      totalBytes: 1000,
    },
  },
  { seq: 3, at: ago(20), type: 'log', level: 'warn', message: 'slow disk' },
  {
    seq: 4,
    at: ago(10),
    type: 'progress',
    progress: {
      step: 'copying files',
      percent: 40,
      doneBytes: 400,
      totalBytes: 1000,
    },
  },
];

function pagedEvents(all: OperationEvent[]) {
  return jest.fn(async (_id: string, after: number) => ({
    items: all.filter(event => event.seq > after),
    lastSeq: all.length,
  }));
}

describe('The operation page', () => {
  it('shows progress, log with search, and cancels after asking', async () => {
    const api = anApi({
      getOperation: jest.fn(async () => anOperation()),
      getOperationEvents: pagedEvents(events),
      getDatabase: jest.fn(async () => aDatabase()),
      cancelOperation: jest.fn(async () => anOperation()),
    });
    await renderPart(page, api, address);
    expect(
      await screen.findByRole('heading', {
        name: 'Backup (full) – analytics-timescale',
      }),
    ).toBeVisible();
    expect(
      screen.getByText(/by schedule nightly/, { selector: 'div' }),
    ).toBeVisible();
    expect(
      await screen.findByText(/40 % .* 15 B\/s · about 40 s remaining/),
    ).toBeVisible();
    expect(
      screen.getByRole('progressbar', { name: 'Progress of the backup' }),
    ).toHaveAttribute('aria-valuenow', '40');
    expect(await screen.findByText(/WARNING slow disk/)).toBeVisible();

    await userEvent.type(screen.getByLabelText('Search the log'), 'stanza');
    expect(screen.getByText('1 of 2 lines')).toBeVisible();
    expect(screen.queryByText(/slow disk/)).not.toBeInTheDocument();

    await userEvent.click(screen.getByRole('button', { name: 'Cancel…' }));
    expect(api.cancelOperation).not.toHaveBeenCalled();
    await userEvent.click(
      screen.getByRole('button', { name: 'Cancel the backup' }),
    );
    expect(api.cancelOperation).toHaveBeenCalledWith('op-1');
  });

  it('follows a running operation by polling every two seconds until it ended, and fetches only new events', async () => {
    jest.useFakeTimers();
    try {
      const api = anApi({
        getOperation: jest.fn(async () => anOperation()),
        getOperationEvents: pagedEvents(events),
        getDatabase: jest.fn(async () => aDatabase()),
      });
      await renderPart(page, api, address);
      await act(() => jest.advanceTimersByTimeAsync(100));
      const before = api.getOperation.mock.calls.length;
      api.getOperation.mockResolvedValue(
        anOperation({ state: 'succeeded', endedAt: ago(0), version: 4 }),
      );
      await act(() => jest.advanceTimersByTimeAsync(2100));
      expect(api.getOperation.mock.calls.length).toBe(before + 1);
      expect(api.getOperationEvents.mock.lastCall?.[1]).toBe(4);
      await act(() => jest.advanceTimersByTimeAsync(60_000));
      expect(api.getOperation.mock.calls.length).toBe(before + 1);
      expect(screen.getAllByText(/Succeeded/)[0]).toBeInTheDocument();
    } finally {
      jest.useRealTimers();
    }
  });

  it('says cause, object and next step of a failure, and offers the same request as a new one', async () => {
    const api = anApi({
      getOperation: jest.fn(async () =>
        anOperation({
          state: 'failed',
          endedAt: ago(1),
          failure: {
            cause: 'The bucket backups is missing.',
            object: 's3://backups',
            nextStep: 'Create it, then retry.',
            runbookUrl: '/docs/runbooks/BackupFailed/',
          },
        }),
      ),
      getOperationEvents: pagedEvents([]),
      getDatabase: jest.fn(async () => aDatabase()),
    });
    await renderPart(page, api, address);
    expect(
      await screen.findByText('The bucket backups is missing.'),
    ).toBeVisible();
    expect(screen.getByText('s3://backups')).toBeVisible();
    expect(screen.getByText('Create it, then retry.')).toBeVisible();
    expect(screen.getByRole('link', { name: 'Runbook' })).toHaveAttribute(
      'href',
      '/docs/runbooks/BackupFailed/',
    );
    await userEvent.click(
      await screen.findByRole('button', { name: 'Retry as new…' }),
    );
    const dialog = screen.getByRole('dialog', {
      name: 'Retry as new: Backup (full)',
    });
    api.retryOperation.mockResolvedValue(
      anOperation({ id: 'op-2', retryOf: 'op-1' }),
    );
    await userEvent.click(within(dialog).getByText('Start again'));
    expect(api.retryOperation).toHaveBeenCalledWith(
      'op-1',
      { confirmation: undefined, reason: undefined },
      expect.any(String),
    );
    expect(api.getOperation).toHaveBeenLastCalledWith('op-2');
  });

  it('has a rollback of a restore in place confirmed again before it is retried', async () => {
    const api = anApi({
      getOperation: jest.fn(async () =>
        anOperation({
          kind: 'discard',
          state: 'failed',
          endedAt: ago(1),
          parameters: { restoredInstanceId: 'op-9', mode: 'in-place' },
        }),
      ),
      getOperationEvents: pagedEvents([]),
      getDatabase: jest.fn(async () => aDatabase()),
    });
    await renderPart(page, api, address);
    await userEvent.click(
      await screen.findByRole('button', { name: 'Retry as new…' }),
    );
    const dialog = within(screen.getByRole('dialog'));
    const button = dialog.getByText('Start again').closest('button');
    expect(button).toBeDisabled();
    const { id } = aDatabase();
    await userEvent.type(dialog.getByLabelText(/Type/), id);
    api.retryOperation.mockResolvedValue(anOperation({ id: 'op-2' }));
    await userEvent.click(dialog.getByText('Start again'));
    expect(api.retryOperation).toHaveBeenCalledWith(
      'op-1',
      { confirmation: id, reason: undefined },
      expect.any(String),
    );
  });

  it('says for what a queued operation waits, and which one it tries again', async () => {
    const api = anApi({
      getOperation: jest.fn(async () =>
        anOperation({
          state: 'queued',
          startedAt: undefined,
          retryOf: 'op-0',
          waitingFor: 'The queue of this database is paused.',
        }),
      ),
      getOperationEvents: pagedEvents([]),
      getDatabase: jest.fn(async () => aDatabase()),
    });
    await renderPart(page, api, address);
    expect(
      await screen.findByText(/It waits: The queue of this database is paused/),
    ).toBeVisible();
    expect(
      screen.getByRole('link', { name: 'an earlier operation' }),
    ).toHaveAttribute('href', '/databases/operations/op-0');
  });

  it('says that an operation is not there', async () => {
    const api = anApi();
    api.getOperation.mockRejectedValue(
      await answer(404, {
        name: 'NotFoundError',
        message: 'No operation op-1.',
      }),
    );
    await renderPart(page, api, address);
    expect(
      await screen.findByText(
        /There is no operation op-1, or you may not see it/,
      ),
    ).toBeVisible();
  });
});
