import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useLocation } from 'react-router-dom';
import { ago, anApi } from '../__testUtils__/fixtures';
import { renderPart } from '../__testUtils__/render';
import { AlertsCard } from './AlertsCard';

const RUNBOOK = '/docs/default/component/database-ops/runbooks/PostgreSQLDown/';

function Address() {
  return <output>{useLocation().pathname}</output>;
}

describe('The alerts of a database', () => {
  it('open a runbook of the documentation inside the portal', async () => {
    const api = anApi({
      getAlerts: async () => ({
        state: 'current',
        observedAt: ago(3),
        items: [
          {
            fingerprint: 'f',
            name: 'PostgreSQLDown',
            severity: 'critical',
            state: 'active',
            startsAt: ago(60),
            runbookUrl: RUNBOOK,
            labels: {},
          },
        ],
      }),
    });
    await renderPart(
      <>
        <AlertsCard databaseId="analytics-timescale" />
        <Address />
      </>,
      api,
    );
    const link = await screen.findByRole('link', {
      name: 'Runbook for PostgreSQLDown',
    });
    expect(link).toHaveAttribute('href', RUNBOOK);
    expect(link).not.toHaveAttribute('target');
    await userEvent.click(link);
    expect(screen.getByText(RUNBOOK)).toBeVisible();
  });
});
