import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { RestoredInstance } from 'backstage-plugin-database-ops-common';
import { fill } from '../__testUtils__/fill';
import {
  aDatabase,
  ago,
  anApi,
  anOperation,
  answer,
} from '../__testUtils__/fixtures';
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
    expect(api.getBlastRadius).toHaveBeenCalledWith(database.id, {
      kind: 'promote',
      restoredInstanceId: 'op-9',
    });
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

  it('can only be discarded once their host is given up', async () => {
    const api = backend(anInstance({ state: 'lost' }));
    await renderPart(<RestoredInstancesCard database={database} />, api);
    expect(await screen.findByText('Lost')).toBeVisible();
    expect(screen.getByRole('alert')).toHaveTextContent(
      /worker-1 was given up/,
    );
    expect(screen.queryByText('Promote…')).toBeNull();
    await userEvent.click(screen.getByText('Discard…'));
    await userEvent.click(screen.getByText('Discard'));
    expect(api.createOperation).toHaveBeenCalledWith(
      expect.objectContaining({ kind: 'discard' }),
      expect.any(String),
    );
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

describe('A restored instance in place', () => {
  const inPlace = (changes: Partial<RestoredInstance> = {}) =>
    anInstance({ mode: 'in-place', state: 'running', ...changes });

  it('says what is kept aside, and is confirmed or rolled back', async () => {
    const api = backend(inPlace());
    await renderPart(<RestoredInstancesCard database={database} />, api);
    expect(
      await screen.findByText('Restored in place, not confirmed'),
    ).toBeVisible();
    expect(screen.getByText(/What was there before is kept/)).toBeVisible();
    expect(screen.queryByText(/Expires/)).toBeNull();

    await userEvent.click(screen.getByText('Roll back…'));
    const dialog = screen.getByRole('dialog', {
      name: `Roll back the restore of ${database.id}`,
    });
    expect(api.getBlastRadius).toHaveBeenCalledWith(database.id, {
      kind: 'discard',
      restoredInstanceId: 'op-9',
    });
    const button = within(dialog).getByText('Roll back').closest('button');
    expect(button).toBeDisabled();
    await fill(within(dialog).getByLabelText(/Type/), database.id);
    await userEvent.click(within(dialog).getByText('Roll back'));
    expect(api.createOperation).toHaveBeenCalledWith(
      expect.objectContaining({ kind: 'discard', confirmation: database.id }),
      expect.any(String),
    );
  });

  it('is confirmed by a typed name, which removes what was kept', async () => {
    const api = backend(inPlace());
    await renderPart(<RestoredInstancesCard database={database} />, api);
    await userEvent.click(await screen.findByText('Confirm…'));
    const dialog = screen.getByRole('dialog');
    expect(dialog).toHaveTextContent(/cannot be rolled back any more/);
    await fill(within(dialog).getByLabelText(/Type/), database.id);
    await userEvent.click(within(dialog).getByText('Confirm and remove'));
    expect(api.createOperation).toHaveBeenCalledWith(
      expect.objectContaining({ kind: 'promote', confirmation: database.id }),
      expect.any(String),
    );
  });

  it('is still decided about when it is lost, with what nobody can count', async () => {
    const api = backend(inPlace({ state: 'lost', moment: undefined }));
    await renderPart(<RestoredInstancesCard database={database} />, api);
    expect(await screen.findByRole('alert')).toHaveTextContent(
      /may be stopped or kept aside\. Roll it back/,
    );
    expect(screen.queryByText('Look')).toBeNull();
    expect(screen.queryByText('Move forward…')).toBeNull();
    await userEvent.click(screen.getByText('Confirm…'));
    expect(screen.getByRole('dialog')).toHaveTextContent(
      /known on worker-1 only.*refused there and changes nothing/,
    );
    await userEvent.click(screen.getByText('Not yet'));
    await userEvent.click(screen.getByText('Roll back…'));
    expect(screen.getByRole('dialog')).toHaveTextContent(
      /What was written to the restored one is lost; how much cannot be counted/,
    );
  });

  it('reminds of its decision when that is overdue, and only then', async () => {
    const api = backend(
      inPlace({ id: 'op-1', expiresAt: ago(3600) }),
      inPlace({ id: 'op-2' }),
    );
    await renderPart(<RestoredInstancesCard database={database} />, api);
    const overdue = await screen.findByText('Overdue');
    expect(overdue.closest('[role=alert]')).toHaveTextContent(
      /was to be confirmed or rolled back by .* Nothing happens by itself\./,
    );
    expect(screen.getAllByRole('alert')).toHaveLength(1);
    expect(screen.getByText(/To be confirmed or rolled back by/)).toBeVisible();
  });

  it('says nothing of confirming once it is confirmed', async () => {
    const api = backend(
      inPlace({
        state: 'promoted',
        connection: { note: 'Promote confirms the restored one.' },
        facts: { protection: 'PROTECTED' },
      }),
    );
    await renderPart(<RestoredInstancesCard database={database} />, api);
    expect(
      await screen.findByText('Restored in place, confirmed'),
    ).toBeVisible();
    expect(screen.queryByText(/Promote confirms/)).toBeNull();
    expect(screen.queryByText(/rolled back by/)).toBeNull();
  });

  it('reads as rolled back afterwards', async () => {
    const api = backend(inPlace({ state: 'discarded', discardedAt: ago(60) }));
    await renderPart(<RestoredInstancesCard database={database} />, api);
    expect(await screen.findByText('Rolled back')).toBeVisible();
    expect(screen.queryByText('Roll back…')).toBeNull();
  });
});

describe('The query box of a paused copy', () => {
  const asking = aDatabase({
    capabilities: { ...database.capabilities!, queryBox: true },
    permissions: { run: true, restore: true, audit: true, query: true },
  });

  async function open(of = asking, instance = anInstance()) {
    const api = backend(instance);
    await renderPart(<RestoredInstancesCard database={of} />, api);
    await userEvent.click(await screen.findByText('Look'));
    return { api, drawer: within(screen.getByRole('dialog')) };
  }

  it('runs one statement with Ctrl+Enter and shows its rows', async () => {
    const { api, drawer } = await open();
    api.queryRestoredInstance.mockResolvedValueOnce({
      columns: [
        { name: 'id', type: 'int8' },
        { name: 'note', type: 'text' },
      ],
      rows: [['7', null]],
      truncated: true,
      rowLimit: 1,
      seconds: 0.2,
      sentence: 'The first row of more, after 0.2 s.',
    });
    const field = drawer.getByLabelText('Read-only statement');
    await fill(field, ' SELECT * FROM events ');
    await userEvent.type(field, '{Control>}{Enter}{/Control}');
    expect(api.queryRestoredInstance).toHaveBeenCalledWith(
      'op-9',
      'SELECT * FROM events',
    );
    const table = await drawer.findByRole('table', { name: 'Result' });
    expect(table).toHaveTextContent(/id int8.*note text.*7null/);
    expect(drawer.getByText('Not all rows')).toBeVisible();
    expect(drawer.getByRole('region', { name: 'Rows' })).toHaveAttribute(
      'tabindex',
      '0',
    );
  });

  it('shows an error as it came', async () => {
    const { api, drawer } = await open();
    api.queryRestoredInstance.mockRejectedValueOnce(
      await answer(400, {
        name: 'InputError',
        message: 'column "x" does not exist\n  at character 8',
      }),
    );
    await fill(drawer.getByLabelText('Read-only statement'), 'SELECT x');
    await userEvent.click(drawer.getByText('Run'));
    expect(await drawer.findByRole('alert')).toHaveTextContent(
      /column "x" does not exist at character 8/,
    );
  });

  it('says what is missing to whoever may not ask', async () => {
    const { drawer } = await open({
      ...asking,
      permissions: { ...asking.permissions!, query: false },
    });
    expect(drawer.getByLabelText('Read-only statement')).toBeDisabled();
    expect(
      drawer.getByText(/permission database-ops.database.query/, {
        selector: '.MuiTypography-caption',
      }),
    ).toBeVisible();
  });

  it('is not there for a copy that is open, nor where the engine has none', async () => {
    const { drawer } = await open(asking, anInstance({ state: 'running' }));
    expect(drawer.queryByLabelText('Read-only statement')).toBeNull();
  });
});
