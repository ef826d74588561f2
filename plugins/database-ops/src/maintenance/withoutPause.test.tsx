// A file of its own: answers about permissions are cached for all tests of one.
import { screen, waitFor, within } from '@testing-library/react';
import { ago, anApi } from '../__testUtils__/fixtures';
import { renderPart } from '../__testUtils__/render';
import { FleetActions } from '../fleet/FleetActions';
import { MaintenanceBanner } from './MaintenanceBanner';

const mode = (scope: string) => ({
  scope,
  reason: 'Storage is being moved',
  startedBy: 'user:default/owner',
  startedAt: ago(60),
  until: ago(-7230),
});

describe('Maintenance mode, for those who may not pause all databases', () => {
  it('of all databases is told and cannot be ended; that of a database can', async () => {
    const api = anApi({
      getMaintenanceModes: jest.fn(async () => ({
        items: ['global', 'events-kafka'].map(mode),
      })),
    });
    await renderPart(
      <MaintenanceBanner databaseId="events-kafka" />,
      api,
      '/',
      'deny',
    );
    const banner = await screen.findByLabelText(
      'Maintenance mode of all databases',
    );
    expect(within(banner).queryByText('End it now')).toBeNull();
    expect(screen.getByText('End it now')).toBeVisible();
  });

  it('of all databases cannot be begun', async () => {
    const api = anApi({
      getMaintenanceModes: jest.fn(async () => ({ items: [] })),
    });
    await renderPart(<FleetActions />, api, '/', 'deny');
    await waitFor(() => expect(api.getMaintenanceModes).toHaveBeenCalled());
    expect(screen.queryByText('Pause all queues…')).toBeNull();
  });
});
