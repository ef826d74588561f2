import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes, useLocation } from 'react-router-dom';
import { Router } from '../Router';
import {
  aDatabase,
  ago,
  anApi,
  answer,
  aSummary,
} from '../__testUtils__/fixtures';
import { renderPart } from '../__testUtils__/render';

function Address() {
  return <output>{useLocation().search}</output>;
}

const page = (
  <>
    <Routes>
      <Route path="/databases/*" element={<Router />} />
    </Routes>
    <Address />
  </>
);

const kafka = aDatabase({
  id: 'events-kafka',
  engine: 'kafka',
  status: 'healthy',
  sentence: 'Healthy. All 9 signals are ok.',
  observedAt: ago(300),
  alertCount: undefined,
  freshness: { state: 'missed', sentence: 'Never backed up.' },
});

const fleet = () =>
  anApi({
    getDatabases: jest.fn(async () => ({
      items: [kafka, aDatabase()],
      totalItems: 2,
    })),
    getSummary: jest.fn(async () =>
      aSummary({
        gaps: [
          {
            kind: 'database-without-policy',
            name: 'events-kafka',
            sentence: 'Nothing backs it up.',
          },
        ],
      }),
    ),
  });

describe('The fleet page', () => {
  it('lists one row a database with the worst first, and greys what was not checked lately', async () => {
    await renderPart(page, fleet(), '/databases');
    const table = await screen.findByRole('table', { name: 'Databases' });
    const rows = within(table).getAllByRole('row').slice(1);
    expect(rows[0]).toHaveTextContent(/analytics-timescale.*Degraded/);
    expect(rows[1]).toHaveTextContent(/events-kafka.*Healthy/);
    expect(rows[1]).toHaveTextContent(
      /Checked 5 min ago, should be every 30 s/,
    );
    expect(rows[1]).toHaveTextContent(/Not restorable yet.*Missed/);
    expect(rows[1]).toHaveTextContent('Not known');
    expect(
      screen.getByRole('link', { name: 'analytics-timescale' }),
    ).toHaveAttribute('href', '/databases/by-id/analytics-timescale');
    expect(
      await screen.findByRole('link', { name: '1 objective missed' }),
    ).toHaveAttribute('href', '/databases?freshness=missed');
  });

  it('says of an engine without backups that it has none yet', async () => {
    const api = fleet();
    api.getDatabases.mockResolvedValue({
      items: [
        {
          ...kafka,
          capabilities: { verbs: [], backupTypes: [], restoreKinds: [] },
        },
      ],
      totalItems: 1,
    });
    await renderPart(page, api, '/databases');
    const table = await screen.findByRole('table', { name: 'Databases' });
    expect(table).toHaveTextContent('No backups for this engine yet');
    expect(table).not.toHaveTextContent('Not restorable yet');
  });

  it('keeps filters and order in the address', async () => {
    await renderPart(page, fleet(), '/databases?engine=kafka');
    const table = await screen.findByRole('table', { name: 'Databases' });
    expect(within(table).queryByText('analytics-timescale')).toBeNull();
    await userEvent.selectOptions(screen.getByLabelText('Health'), 'degraded');
    expect(
      screen.getByText('No database matches these filters.'),
    ).toBeVisible();
    expect(screen.getByText('?engine=kafka&status=degraded')).toBeVisible();
    await userEvent.click(screen.getByRole('button', { name: 'Show all 2' }));
    await userEvent.click(screen.getByRole('button', { name: 'Owner' }));
    expect(screen.getByText('?sort=owner')).toBeVisible();
  });

  it('shows coverage gaps with how to close them', async () => {
    await renderPart(page, fleet(), '/databases?view=gaps');
    expect(
      await screen.findByText('Databases without a policy (1)'),
    ).toBeVisible();
    expect(
      screen.getByText(/databaseOps\.databases\.<id>\.policy/),
    ).toBeVisible();
  });

  it('teaches when there is nothing to see, and says what failed', async () => {
    const api = fleet();
    api.getDatabases.mockResolvedValueOnce({ items: [], totalItems: 0 });
    const empty = await renderPart(page, api, '/databases');
    expect(
      await screen.findByText(/No databases that you may see/),
    ).toBeVisible();
    empty.unmount();

    api.getDatabases.mockRejectedValue(
      await answer(500, { name: 'Error', message: 'The table is locked.' }),
    );
    await renderPart(page, api, '/databases');
    expect(await screen.findByText('The table is locked.')).toBeVisible();
  });
});
