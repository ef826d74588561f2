import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { fill } from '../__testUtils__/fill';
import { ago, anApi, answer } from '../__testUtils__/fixtures';
import { renderPart } from '../__testUtils__/render';
import { FleetActions } from '../fleet/FleetActions';
import { MaintenanceBanner } from './MaintenanceBanner';
import { MaintenanceDialog } from './MaintenanceDialog';

const mode = (scope: string) => ({
  scope,
  reason: 'Storage is being moved',
  startedBy: 'user:default/owner',
  startedAt: ago(60),
  until: ago(-7230),
});

describe('Maintenance mode', () => {
  it('is told on every page while it holds for all, on a database while it holds there', async () => {
    const api = anApi({
      getMaintenanceModes: jest.fn(async () => ({
        items: ['global', 'events-kafka', 'sessions-redis'].map(mode),
      })),
    });
    await renderPart(<MaintenanceBanner databaseId="events-kafka" />, api);
    expect(
      await screen.findByLabelText('Maintenance mode of all databases'),
    ).toHaveTextContent(/\(in 2 h\): Storage is being moved/);
    expect(
      screen.getByLabelText('Maintenance mode of events-kafka'),
    ).toBeVisible();
    expect(screen.queryByText(/sessions-redis/)).toBeNull();
  });

  it('ends at once by its button, and says why it could not', async () => {
    const api = anApi({
      getMaintenanceModes: jest.fn(async () => ({ items: [mode('global')] })),
    });
    api.endMaintenance.mockRejectedValueOnce(
      await answer(403, {
        name: 'NotAllowedError',
        message: 'Ask an administrator.',
      }),
    );
    await renderPart(<MaintenanceBanner />, api);
    const banner = await screen.findByLabelText(
      'Maintenance mode of all databases',
    );
    await userEvent.click(within(banner).getByText('End it now'));
    expect(
      await within(banner).findByText('Ask an administrator.'),
    ).toBeVisible();

    api.endMaintenance.mockResolvedValueOnce({ items: [] });
    api.getMaintenanceModes.mockResolvedValueOnce({ items: [] });
    await userEvent.click(within(banner).getByText('End it now'));
    expect(api.endMaintenance).toHaveBeenCalledWith('global');
    expect(banner).not.toBeInTheDocument();
  });

  it('of all databases is begun by those who may pause all', async () => {
    const api = anApi({
      getMaintenanceModes: jest.fn(async () => ({ items: [] })),
    });
    await renderPart(<FleetActions />, api);
    expect(await screen.findByText('Pause all queues…')).toBeVisible();
  });

  it('needs a reason and has an end', async () => {
    const api = anApi({
      startMaintenance: jest.fn(async scope => mode(scope)),
    });
    const onStarted = jest.fn();
    await renderPart(
      <MaintenanceDialog
        scope="events-kafka"
        onClose={jest.fn()}
        onStarted={onStarted}
      />,
      api,
    );
    const start = screen.getByText('Pause the queue');
    expect(start.closest('button')).toBeDisabled();
    await userEvent.selectOptions(screen.getByLabelText('For'), '2 h');
    await fill(screen.getByLabelText(/Reason/), 'Moving');
    const before = Date.now();
    await userEvent.click(start);
    expect(onStarted).toHaveBeenCalledTimes(1);
    const [[scope, { reason, until }]] = api.startMaintenance.mock.calls;
    expect([scope, reason]).toEqual(['events-kafka', 'Moving']);
    expect(Date.parse(until) - before).toBeGreaterThanOrEqual(7200_000);
    expect(Date.parse(until) - before).toBeLessThan(7260_000);
  });
});
