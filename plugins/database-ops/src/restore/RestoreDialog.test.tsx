import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { RestoreKind } from 'backstage-plugin-database-ops-common';
import {
  aBackup,
  aDatabase,
  anApi,
  anOperation,
} from '../__testUtils__/fixtures';
import { fill } from '../__testUtils__/fill';
import { renderPart } from '../__testUtils__/render';
import { RestoreDialog } from './RestoreDialog';

const MORNING = '2026-11-16T';

const byTime: RestoreKind = {
  id: 'time',
  title: 'A time',
  description: 'To the second.',
  parameters: {
    type: 'object',
    required: ['time'],
    properties: {
      time: { type: 'string', format: 'date-time', title: 'Time' },
      timeline: { type: 'integer' },
      action: { type: 'string', enum: ['pause', 'open'], default: 'pause' },
      processes: { type: 'integer', title: 'Processes', default: 2 },
    },
  },
};
const byLsn: RestoreKind = {
  id: 'lsn',
  title: 'A position',
  description: 'Exactly there.',
  parameters: {
    type: 'object',
    required: ['lsn'],
    properties: { lsn: { type: 'string', title: 'LSN' } },
  },
};

const database = aDatabase({
  capabilities: {
    verbs: ['restore'],
    backupTypes: [{ id: 'full', title: 'Full', description: '' }],
    restoreKinds: [byTime, byLsn],
  },
});

function backend() {
  return anApi({
    getRecoveryWindow: jest.fn(async () => ({
      databaseId: database.id,
      sentence: '',
      intervals: [
        {
          kind: 'claimed' as const,
          from: { time: `${MORNING}04:00:00Z`, timeline: 2 },
          to: { time: `${MORNING}06:00:00Z`, timeline: 2 },
        },
        {
          kind: 'gap' as const,
          from: { time: `${MORNING}06:00:00Z`, timeline: 2 },
          to: { time: `${MORNING}07:00:00Z`, timeline: 2 },
        },
        {
          kind: 'proved' as const,
          from: { time: `${MORNING}07:00:00Z`, timeline: 2 },
          to: { time: `${MORNING}08:00:00Z`, timeline: 2 },
        },
      ],
    })),
    getBackups: jest.fn(async () => ({
      items: [
        aBackup({
          stoppedAt: `${MORNING}04:00:00Z`,
          to: { time: `${MORNING}04:00:00Z`, timeline: 2 },
        }),
      ],
      totalItems: 1,
    })),
    getProofs: jest.fn(async () => ({ items: [], totalItems: 0 })),
    getReachability: jest.fn(async (_id, { time, lsn }) =>
      time && time > `${MORNING}06:00:01` && time < `${MORNING}07:00:00`
        ? {
            reachable: false,
            sentence: 'A WAL segment is missing.',
            nearest: [{ time: `${MORNING}06:00:00.000Z`, timeline: 2 }],
          }
        : {
            reachable: true,
            sentence: 'Reachable.',
            moment: { time: time ?? `${MORNING}05:00:00Z`, lsn: lsn ?? '0/5A' },
            backupId: '20261116-020301F',
            replayBytes: 222_298_112,
            estimatedSeconds: 120,
            estimateErrorSeconds: 20,
            estimateSamples: 1,
          },
    ),
    getBlastRadius: jest.fn(async () => ({
      databaseId: database.id,
      sentence: 'One component depends on it.',
      dependents: [
        {
          entityRef: 'component:default/reports',
          owner: 'group:default/team-analytics',
        },
      ],
      facts: [
        {
          id: 'connections',
          title: 'Connections',
          status: 'unknown' as const,
          sentence: 'fleet-pg-1 did not answer.',
          observedAt: `${MORNING}08:00:00Z`,
        },
      ],
    })),
    getPolicies: jest.fn(async () => ({
      items: [
        {
          name: 'gold',
          sentence: '',
          databaseIds: [database.id],
          schedules: [],
          approvals: [
            {
              kinds: ['restore' as const],
              approvers: ['user:default/approver', 'group:default/dba'],
              expiresAfter: 'PT4H',
            },
          ],
        },
      ],
    })),
    createOperation: jest.fn(async () => anOperation({ kind: 'restore' })),
  });
}

async function opened(api = backend(), of = database) {
  await renderPart(<RestoreDialog database={of} onClose={jest.fn()} />, api);
  const dialog = screen.getByRole('dialog');
  return { api, dialog, within: within(dialog) };
}

describe('The time-line picker of a restore', () => {
  it('starts at the newest moment and moves with keys: 1 s, 1 min, over a gap', async () => {
    const { within: dialog } = await opened();
    const slider = await dialog.findByRole('slider', {
      name: 'Moment on the time line',
    });
    const field = dialog.getByLabelText('Time (UTC)');
    expect(field).toHaveValue('2026-11-16 08:00:00');
    slider.focus();
    await userEvent.keyboard('{ArrowLeft}');
    expect(field).toHaveValue('2026-11-16 07:59:59');
    await userEvent.keyboard('{Shift>}{ArrowLeft}{/Shift}');
    expect(field).toHaveValue('2026-11-16 07:58:59');
    await userEvent.keyboard('{PageDown}');
    expect(field).toHaveValue('2026-11-16 06:00:00');
    await userEvent.keyboard('{ArrowRight}');
    expect(field).toHaveValue('2026-11-16 07:00:00');
    await userEvent.keyboard('{Home}');
    expect(slider).toHaveAttribute(
      'aria-valuetext',
      expect.stringContaining('16 Nov 2026 04:00:00 UTC'),
    );
  });

  it('refuses a typed moment that cannot be reached, and offers the nearest', async () => {
    const { within: dialog } = await opened();
    const field = await dialog.findByLabelText('Time (UTC)');
    const next = dialog.getByRole('button', { name: 'Next' });
    await userEvent.clear(field);
    expect(dialog.getByText('Write it as 2026-11-16 14:05:00.')).toBeVisible();
    expect(next).toBeDisabled();
    await fill(field, '2026-11-16 06:30:00');
    expect(await dialog.findByText('Cannot be restored')).toBeVisible();
    expect(dialog.getByText('A WAL segment is missing.')).toBeVisible();
    expect(next).toBeDisabled();
    await userEvent.click(
      dialog.getByRole('button', { name: /Take.*06:00:00 UTC/ }),
    );
    expect(await dialog.findByText('Can be restored')).toBeVisible();
    expect(field).toHaveValue('2026-11-16 06:00:00');
    expect(
      dialog.getByText(/From backup 20261116-020301F and/),
    ).toHaveTextContent(
      'From backup 20261116-020301F and 212 MiB of log. About 2 min (± 20 s), by 1 measured restore.',
    );
    expect(next).toBeEnabled();
  });

  it('shows what the restore touches and who has to agree, and sends exactly the picked moment', async () => {
    const { api, within: dialog, dialog: element } = await opened();
    await userEvent.selectOptions(
      await dialog.findByLabelText('Go to'),
      'backup 20261116-020301F',
    );
    await dialog.findByText('Can be restored');
    const next = () => dialog.getByRole('button', { name: 'Next' });
    await userEvent.click(next());
    expect(dialog.getByLabelText('Pause to look first')).toBeChecked();
    await userEvent.click(dialog.getByLabelText('Open it at once'));
    await userEvent.click(next());
    expect(
      await dialog.findByRole('list', { name: 'What depends on it' }),
    ).toHaveTextContent(/reports, owner/);
    expect(element).toHaveTextContent(
      /Unknown: Connections fleet-pg-1 did not answer/,
    );
    expect(
      await dialog.findByText('A second person has to approve it'),
    ).toBeVisible();
    expect(element).toHaveTextContent(/waits longer than 4 h expires/);
    await fill(
      dialog.getByLabelText(/Type analytics-timescale to confirm/),
      'analytics-timescale',
    );
    await userEvent.click(
      dialog.getByRole('button', { name: 'Start restore' }),
    );
    expect(api.createOperation).toHaveBeenCalledWith(
      {
        databaseId: 'analytics-timescale',
        kind: 'restore',
        parameters: {
          kind: 'time',
          time: '2026-11-16T04:00:00.000Z',
          timeline: 2,
          action: 'open',
          processes: 2,
          expiresAfter: 'PT24H',
        },
        confirmation: 'analytics-timescale',
        reason: undefined,
      },
      expect.any(String),
    );
  });

  it('asks the backend about a typed position too', async () => {
    const { api, within: dialog } = await opened();
    await userEvent.click(dialog.getByLabelText('A position'));
    const next = dialog.getByRole('button', { name: 'Next' });
    expect(next).toBeDisabled();
    await fill(dialog.getByLabelText(/LSN/), '0/5A');
    expect(await dialog.findByText('Can be restored')).toBeVisible();
    expect(api.getReachability).toHaveBeenLastCalledWith(database.id, {
      lsn: '0/5A',
    });
    expect(next).toBeEnabled();
  });
});

describe('A restore in place', () => {
  const both = {
    ...database,
    capabilities: database.capabilities && {
      ...database.capabilities,
      restoreModes: ['new-place' as const, 'in-place' as const],
    },
  };

  it('is chosen on purpose, says what is stopped, and asks about the source', async () => {
    const { api, within: dialog } = await opened(backend(), both);
    await dialog.findByText('Can be restored');
    await userEvent.click(dialog.getByText('Next'));
    expect(dialog.getByLabelText('To a new place')).toBeChecked();
    expect(dialog.getByLabelText('Keep for')).toBeVisible();
    await userEvent.click(dialog.getByLabelText(/^In place, onto/));
    expect(dialog.queryByLabelText('Keep for')).toBeNull();
    expect(dialog.queryByLabelText('Pause to look first')).toBeNull();
    expect(dialog.getByText(/is stopped and replaced/)).toBeVisible();
    await userEvent.click(dialog.getByText('Next'));
    expect(
      screen.getByRole('dialog', { name: `Restore ${database.id} in place` }),
    ).toBeVisible();
    expect(api.getBlastRadius).toHaveBeenCalledWith(database.id, {
      kind: 'restore',
      mode: 'in-place',
    });
    const start = dialog.getByRole('button', {
      name: `Stop ${database.id} and restore onto it`,
    });
    expect(start).toBeDisabled();
    await fill(dialog.getByLabelText(/Type/), database.id);
    await userEvent.click(start);
    const [[request]] = api.createOperation.mock.calls;
    expect(request.parameters).toMatchObject({ mode: 'in-place' });
    expect(request.parameters).not.toHaveProperty('expiresAfter');
    expect(request.parameters).not.toHaveProperty('action');
  });

  it('is not offered where the database does not allow it', async () => {
    const { within: dialog } = await opened();
    await dialog.findByText('Can be restored');
    await userEvent.click(dialog.getByText('Next'));
    expect(dialog.queryByText(/In place/)).toBeNull();
  });
});
