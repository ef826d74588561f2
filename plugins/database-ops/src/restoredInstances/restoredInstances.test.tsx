import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { RestoredInstance } from 'backstage-plugin-database-ops-common';
import { fill } from '../__testUtils__/fill';
import { aDatabase, ago, anApi, anOperation } from '../__testUtils__/fixtures';
import { renderPart } from '../__testUtils__/render';
import { laneAfter } from './AdvanceDialog';
import { RestoredInstancesCard } from './RestoredInstancesCard';

const MORNING = '2026-11-16T';

const database = aDatabase({
  capabilities: {
    verbs: ['restore', 'advance', 'promote', 'discard'],
    backupTypes: [],
    restoreKinds: [],
  },
});

function anInstance(changes: Partial<RestoredInstance> = {}): RestoredInstance {
  return {
    id: 'op-9',
    databaseId: database.id,
    operationId: 'op-9',
    backupId: 'full-1',
    moment: { time: `${MORNING}05:00:00Z`, timeline: 2 },
    state: 'paused',
    host: 'worker-1',
    createdAt: ago(60),
    expiresAt: ago(-3600),
    facts: { sentence: '1,204,331 rows in events (1,204,900 now).' },
    ...changes,
  };
}

function backend(...items: RestoredInstance[]) {
  return anApi({
    getRestoredInstances: jest.fn(async () => ({ items })),
    getRecoveryWindow: jest.fn(async () => ({
      databaseId: database.id,
      sentence: '',
      intervals: [
        {
          kind: 'claimed' as const,
          from: { time: `${MORNING}04:00:00Z`, timeline: 2 },
          to: { time: `${MORNING}06:00:00Z`, timeline: 2 },
        },
      ],
    })),
    getReachability: jest.fn(async () => ({
      reachable: true,
      sentence: 'Reachable.',
    })),
    getPolicies: jest.fn(async () => ({ items: [] })),
    createOperation: jest.fn(async () => anOperation({ kind: 'advance' })),
  });
}

describe('Restored instances', () => {
  it('say where they stand and what was found; a paused one moves to later moments only', async () => {
    const api = backend(anInstance());
    await renderPart(<RestoredInstancesCard database={database} />, api);
    expect(await screen.findByText(/1,204,331 rows/)).toBeVisible();
    expect(screen.getByText('Paused').parentElement).toHaveTextContent(
      /Paused full-1 at .*05:00:00 UTC/,
    );
    await userEvent.click(screen.getByText('Move forward…'));
    const dialog = screen.getByRole('dialog');
    const field = await within(dialog).findByLabelText('Time (UTC)');
    expect(field).toHaveValue('2026-11-16 06:00:00');
    await within(dialog).findByText('Can be restored');
    const move = within(dialog).getByText('Move forward').closest('button');
    await fill(field, '2026-11-16 04:30:00');
    expect(
      within(dialog).getByText('This is not later than where it stands.'),
    ).toBeVisible();
    expect(move).toBeDisabled();
    await fill(field, '2026-11-16 05:30:00');
    await within(dialog).findByText('Can be restored');
    expect(move).toBeEnabled();
    await userEvent.click(within(dialog).getByText('Move forward'));
    expect(api.createOperation).toHaveBeenCalledWith(
      {
        databaseId: database.id,
        kind: 'advance',
        parameters: {
          restoredInstanceId: 'op-9',
          kind: 'time',
          time: '2026-11-16T05:30:00.000Z',
        },
      },
      expect.any(String),
    );
  });

  it('are promoted after their name was typed, with who depends on them in sight', async () => {
    const api = backend(anInstance({ state: 'running' }));
    await renderPart(<RestoredInstancesCard database={database} />, api);
    const move = await screen.findByText('Move forward…');
    expect(move.closest('button')).toHaveAccessibleDescription(
      'Only a paused instance can move; this one is running.',
    );
    await userEvent.click(screen.getByText('Promote…'));
    const dialog = screen.getByRole('dialog');
    expect(dialog).toHaveTextContent(/shown as UNPROTECTED until it archives/);
    expect(api.getBlastRadius).toHaveBeenCalledWith(database.id, 'op-9');
    const promote = within(dialog).getByText('Promote');
    expect(promote.closest('button')).toBeDisabled();
    await fill(within(dialog).getByLabelText(/Type/), database.id);
    await userEvent.click(promote);
    expect(api.createOperation).toHaveBeenCalledWith(
      expect.objectContaining({
        kind: 'promote',
        confirmation: database.id,
        parameters: { restoredInstanceId: 'op-9' },
      }),
      expect.any(String),
    );
  });

  it('stand out while nothing protects them', async () => {
    const api = backend(
      anInstance({ state: 'promoted', facts: { protection: 'UNPROTECTED' } }),
    );
    await renderPart(<RestoredInstancesCard database={database} />, api);
    expect(await screen.findByText('Promoted, UNPROTECTED')).toBeVisible();
    expect(screen.getByRole('alert')).toHaveTextContent(
      /no archive and no full backup of its own yet\. What is written to it/,
    );
    expect(screen.queryByText('Discard…')).toBeNull();
  });

  it('have nothing before them on their time line', () => {
    const lane = {
      id: '2',
      title: '',
      spans: [
        { kind: 'claimed' as const, fromMs: 0, toMs: 10 },
        { kind: 'claimed' as const, fromMs: 20, toMs: 40 },
      ],
    };
    expect(laneAfter(lane, 30).spans).toEqual([
      { kind: 'claimed', fromMs: 31, toMs: 40 },
    ]);
  });
});
