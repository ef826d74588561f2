import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {
  aBackup,
  aDatabase,
  ago,
  anApi,
  anOperation,
  answer,
  aReport,
} from '../__testUtils__/fixtures';
import { renderPart } from '../__testUtils__/render';
import { DatabaseView } from './DatabaseView';

// A whole page is drawn in each test; on a busy machine that takes seconds.
jest.setTimeout(30_000);

jest.mock('../panels/PanelsCard', () => ({ PanelsCard: () => null }));

const full = () =>
  anApi({
    getDatabase: jest.fn(async () => aDatabase()),
    getHealth: jest.fn(async () => aReport()),
    getAlerts: jest.fn(async () => ({
      state: 'current' as const,
      observedAt: ago(3),
      items: [
        {
          fingerprint: 'f',
          name: 'StandbyDisconnected',
          severity: 'warning',
          state: 'active' as const,
          startsAt: ago(720),
          description: 'fleet-pg-2 is away.',
          runbookUrl: 'https://runbooks.example/standby',
          labels: {},
        },
      ],
    })),
    getOperations: jest.fn(async () => ({
      items: [anOperation()],
      totalItems: 1,
    })),
    getRestoredInstances: jest.fn(async () => ({
      items: [
        {
          id: 'op-9',
          databaseId: 'analytics-timescale',
          operationId: 'op-9',
          backupId: '20261116-020301F',
          state: 'running' as const,
          host: 'portal-1',
          createdAt: ago(60),
          expiresAt: ago(-3600),
          connection: { port: 5499, command: 'psql -p 5499 analytics' },
        },
      ],
    })),
    getBackups: jest.fn(async () => ({ items: [aBackup()], totalItems: 1 })),
  });

const view = <DatabaseView databaseId="analytics-timescale" />;

describe('The database page', () => {
  it('says the status, since when, and the worst cause in its first sentence, and the rest in cards', async () => {
    const api = full();
    await renderPart(view, api);
    const head = await screen.findByRole('region', {
      name: 'Database analytics-timescale',
    });
    expect(head).toHaveTextContent(
      /Degraded since \d\d:\d\d UTC.* — Standby fleet-pg-2 is not streaming\./,
    );
    expect(
      await screen.findByText('1 ok · 1 warning · 0 unknown'),
    ).toBeVisible();
    const signals = screen.getAllByText(/fleet-pg-/, { selector: 'li p' });
    expect(signals[0]).toHaveTextContent('Warning: Standby');
    expect(screen.getByText('Objective kept')).toBeVisible();
    expect(
      screen.getByText(/1 h promised by policy gold, now 9 min/),
    ).toBeVisible();
    expect(await screen.findByText('Alerts (1)')).toBeVisible();
    expect(
      screen.getByRole('link', { name: /Runbook for StandbyDisconnected/ }),
    ).toHaveAttribute('href', 'https://runbooks.example/standby');
    expect(await screen.findByText('psql -p 5499 analytics')).toBeVisible();
    expect(
      await screen.findByRole('link', { name: 'Backup (full)' }),
    ).toHaveAttribute('href', '/databases/operations/op-1');

    await userEvent.click(
      screen.getByRole('button', { name: 'All 2 signals' }),
    );
    const drawer = await screen.findByRole('dialog', {
      name: 'Signals of analytics-timescale',
    });
    expect(within(drawer).getByText('warning above 80')).toBeVisible();
    await userEvent.click(
      within(drawer).getByRole('button', { name: 'Close' }),
    );

    await userEvent.click(
      screen.getByRole('button', {
        name: 'Shell commands that restore 20261116-020301F',
      }),
    );
    expect(
      await screen.findByRole('dialog', {
        name: 'Restore 20261116-020301F from a shell',
      }),
    ).toHaveTextContent('pgbackrest restore');
  });

  it('says of an engine without backups that it has none yet, and offers none', async () => {
    const api = full();
    api.getDatabase.mockResolvedValue(
      aDatabase({
        engine: 'redis',
        capabilities: { verbs: [], backupTypes: [], restoreKinds: [] },
        freshness: { state: 'no-objective', sentence: 'Not taken here.' },
      }),
    );
    api.getBackups.mockResolvedValue({ items: [], totalItems: 0 });
    await renderPart(view, api);
    expect(
      await screen.findByText('No backups for this engine yet'),
    ).toBeVisible();
    expect(
      await screen.findByText(/^No backups for this engine yet: redis/),
    ).toBeVisible();
    expect(screen.queryByText(/Not restorable yet/)).toBeNull();
  });

  it('asks before a restored instance is discarded, then requests it with a key', async () => {
    const api = full();
    api.createOperation.mockResolvedValue(anOperation({ id: 'op-10' }));
    await renderPart(view, api);
    await userEvent.click(
      await screen.findByRole('button', {
        name: 'Discard restored instance op-9',
      }),
    );
    const dialog = screen.getByRole('dialog', {
      name: 'Discard the restored instance?',
    });
    expect(api.createOperation).not.toHaveBeenCalled();
    await userEvent.click(
      within(dialog).getByRole('button', { name: 'Discard' }),
    );
    expect(api.createOperation).toHaveBeenCalledWith(
      {
        databaseId: 'analytics-timescale',
        kind: 'discard',
        parameters: { restoredInstanceId: 'op-9' },
      },
      expect.stringMatching(/^[0-9a-f-]{36}$/),
    );
  });

  it('keeps the buttons reachable and says why they cannot be used without permission', async () => {
    const api = full();
    api.getDatabase.mockResolvedValue(
      aDatabase({ permissions: { run: false, restore: false, audit: false } }),
    );
    await renderPart(view, api);
    const backUp = await screen.findByRole('button', { name: 'Back up now' });
    expect(backUp).toHaveAttribute('aria-disabled', 'true');
    expect(backUp).toHaveAccessibleDescription(
      /permission database-ops\.database\.run on analytics-timescale.*team-analytics/,
    );
    backUp.focus();
    expect(await screen.findByRole('tooltip')).toHaveTextContent(/permission/);
    await userEvent.click(backUp);
    expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
  });

  it('greys an old report and says how old it is and should be', async () => {
    const api = full();
    api.getHealth.mockResolvedValue(aReport({ observedAt: ago(240) }));
    await renderPart(view, api);
    expect(
      await screen.findByText(/Checked 4 min ago, should be every 30 s/),
    ).toBeVisible();
  });

  it('shows skeletons while loading, teaches when empty, and says what failed', async () => {
    const loading = await renderPart(view, anApi());
    expect(
      screen.getByRole('status', {
        name: 'Loading the alerts of analytics-timescale',
      }),
    ).toBeInTheDocument();
    loading.unmount();

    const api = full();
    api.getAlerts.mockResolvedValue({ state: 'not-configured', items: [] });
    api.getBackups.mockResolvedValue({ items: [], totalItems: 0 });
    api.getOperations.mockRejectedValue(
      await answer(503, {
        name: 'ServiceUnavailableError',
        message: 'The database of the portal is away. Try again in a minute.',
      }),
    );
    await renderPart(view, api);
    expect(
      await screen.findByText(/Alertmanager is not configured/),
    ).toBeVisible();
    expect(
      await screen.findByText(/Policy gold makes the first when it is due/),
    ).toBeVisible();
    expect(
      await screen.findByText(
        'The database of the portal is away. Try again in a minute.',
      ),
    ).toBeVisible();
    api.getOperations.mockResolvedValue({ items: [], totalItems: 0 });
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() =>
      expect(
        screen.getByText(/No operations on analytics-timescale/),
      ).toBeVisible(),
    );
  });

  it('says who to ask when the database may not be seen', async () => {
    const api = anApi({
      getDatabase: jest.fn(async () => {
        throw await answer(403, {
          name: 'NotAllowedError',
          message: 'Reading analytics-timescale needs its owner’s leave.',
        });
      }),
    });
    await renderPart(view, api);
    expect(await screen.findByRole('alert')).toHaveTextContent(
      /You may not see database analytics-timescale\..*Ask its owner/,
    );
  });
});
