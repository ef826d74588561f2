import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MaintenancePreview } from 'backstage-plugin-database-ops-common';
import { aDatabase, anApi, anOperation } from '../__testUtils__/fixtures';
import { renderPart } from '../__testUtils__/render';
import { MaintainDialog } from './MaintainDialog';
import { RotateDialog } from './RotateDialog';

const database = aDatabase({
  capabilities: {
    verbs: ['maintain', 'rotate'],
    backupTypes: [],
    restoreKinds: [],
    maintenance: [
      { id: 'vacuum', title: 'Vacuum', description: 'Takes dead rows away.' },
      { id: 'reindex', title: 'Reindex', description: 'Builds them anew.' },
    ],
    rotations: [
      { id: 'monitoring', title: 'Monitoring', description: 'Health checks.' },
      { id: 'canary', title: 'Canary', description: 'Heartbeat rows.' },
    ],
  },
});

const PREVIEWS: Record<string, MaintenancePreview> = {
  vacuum: {
    action: 'vacuum',
    sentence: 'Two tables have dead rows.',
    warnings: ['A transaction of 3 h keeps dead rows.'],
    items: [
      {
        object: 'public.events',
        sizeBytes: 1024 * 1024,
        reason: '40 % dead rows.',
        suggested: true,
        command: 'VACUUM (ANALYZE) public.events;',
      },
      {
        object: 'public.users',
        reason: '1 % dead rows.',
        suggested: false,
        command: 'VACUUM (ANALYZE) public.users;',
      },
    ],
  },
  reindex: { action: 'reindex', sentence: 'No index needs it.', items: [] },
};

function backend() {
  return anApi({
    getMaintenancePreview: jest.fn(async (_, action) => PREVIEWS[action]),
    getPolicies: jest.fn(async () => ({ items: [] })),
    createOperation: jest.fn(async () => anOperation({ kind: 'maintain' })),
  });
}

describe('Maintenance of a database', () => {
  it('takes what is suggested, shows exactly what runs, and starts it for what is ticked', async () => {
    const api = backend();
    await renderPart(
      <MaintainDialog database={database} onClose={jest.fn()} />,
      api,
    );
    const dialog = within(screen.getByRole('dialog'));
    expect(await dialog.findByText('1 of 2 taken')).toBeVisible();
    expect(dialog.getByText(/keeps dead rows/)).toBeVisible();
    expect(dialog.getByText('40 % dead rows.')).toBeVisible();
    expect(dialog.getByLabelText('Commands').textContent).toBe(
      'VACUUM (ANALYZE) public.events;',
    );
    await userEvent.click(dialog.getByLabelText('Take public.users'));
    expect(dialog.getByLabelText('Commands').textContent).toBe(
      'VACUUM (ANALYZE) public.events;\nVACUUM (ANALYZE) public.users;',
    );
    await userEvent.click(dialog.getByLabelText('Take public.events'));
    await userEvent.click(dialog.getByText('Start maintenance'));
    expect(api.createOperation).toHaveBeenCalledWith(
      {
        databaseId: database.id,
        kind: 'maintain',
        parameters: { action: 'vacuum', objects: ['public.users'] },
        reason: undefined,
      },
      expect.any(String),
    );
  });

  it('starts nothing while nothing is taken, and says so where nothing is needed', async () => {
    await renderPart(
      <MaintainDialog database={database} onClose={jest.fn()} />,
      backend(),
    );
    const dialog = within(screen.getByRole('dialog'));
    const start = dialog.getByText('Start maintenance').closest('button');
    await dialog.findByText('1 of 2 taken');
    expect(start).toBeEnabled();
    await userEvent.click(dialog.getByText('None'));
    expect(start).toBeDisabled();
    await userEvent.click(dialog.getByLabelText('Reindex'));
    expect(await dialog.findByText('No index needs it.')).toBeVisible();
    expect(start).toBeDisabled();
    await userEvent.click(dialog.getByLabelText('Vacuum'));
    // Another action's ticks do not stay.
    expect(await dialog.findByText('1 of 2 taken')).toBeVisible();
  });
});

describe('Rotation of a credential', () => {
  it('starts for the chosen role', async () => {
    const api = backend();
    await renderPart(
      <RotateDialog database={database} onClose={jest.fn()} />,
      api,
    );
    await userEvent.click(screen.getByLabelText('Canary'));
    await userEvent.click(screen.getByText('Start rotation'));
    expect(api.createOperation).toHaveBeenCalledWith(
      expect.objectContaining({
        kind: 'rotate',
        parameters: { role: 'canary' },
      }),
      expect.any(String),
    );
  });
});
