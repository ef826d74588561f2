import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { anApi, answer } from '../__testUtils__/fixtures';
import { renderPart } from '../__testUtils__/render';
import { PanelsCard } from './PanelsCard';

// jsdom has no canvas; what the chart draws is looked at in a browser.
jest.mock('uplot', () => ({
  __esModule: true,
  default: class {
    setData() {}
    setSize() {}
    destroy() {}
  },
}));

beforeAll(() => {
  window.ResizeObserver = class {
    observe() {}
    unobserve() {}
    disconnect() {}
  };
});

const card = <PanelsCard databaseId="analytics-timescale" />;

describe('The panels', () => {
  it('draws each panel with its numbers as a table and in words, over the chosen range', async () => {
    const api = anApi({
      getPanels: jest.fn(async () => ({
        state: 'native' as const,
        dashboardTitle: 'PostgreSQL',
        items: [
          {
            id: 'size',
            title: 'Size',
            type: 'timeseries' as const,
            unit: 'bytes',
          },
          {
            id: 'lag',
            title: 'Lag',
            type: 'stat' as const,
            unit: 's',
            thresholds: [{ value: 10, level: 'critical' as const }],
          },
        ],
      })),
      getPanelData: jest.fn(async (_database: string, panelId: string) => ({
        timestamps: [1, 2, 3],
        stepSeconds: 20,
        series: [
          panelId === 'size'
            ? { name: 'events', values: [1024, null, 4096] }
            : { name: 'fleet-pg-2', values: [12, 12, 12] },
        ],
      })),
    });
    await renderPart(card, api);
    expect(
      await screen.findByRole('img', {
        name: 'Size: events is 4 KiB, between 1 KiB and 4 KiB.',
      }),
    ).toBeVisible();
    expect(
      within(screen.getByRole('table', { name: 'Size' })).getByRole('row', {
        name: /events/,
      }),
    ).toHaveTextContent('events4 KiB1 KiB4 KiB');
    expect(screen.getByText('12 s')).toBeVisible();
    expect(screen.getByText('Critical')).toBeVisible();

    await userEvent.selectOptions(screen.getByLabelText('Range'), '24h');
    const range = api.getPanelData.mock.lastCall?.[2];
    expect((range?.toSeconds ?? 0) - (range?.fromSeconds ?? 0)).toBe(86400);
  });

  it('embeds the frames of a Grafana where one is configured', async () => {
    const api = anApi({
      getPanels: jest.fn(async () => ({
        state: 'grafana' as const,
        items: [
          {
            id: 'size',
            title: 'Size',
            type: 'timeseries' as const,
            embedUrl: 'https://grafana.example/d-solo/x?panelId=1',
          },
        ],
      })),
    });
    await renderPart(card, api);
    expect(await screen.findByTitle('Size')).toHaveAttribute(
      'src',
      'https://grafana.example/d-solo/x?panelId=1',
    );
  });

  it('teaches when there are none and says what failed in the panel that failed', async () => {
    const api = anApi({
      getPanels: jest.fn(async () => ({
        state: 'not-configured' as const,
        items: [],
      })),
    });
    const none = await renderPart(card, api);
    expect(
      await screen.findByText(/databaseOps\.prometheus\.url/),
    ).toBeVisible();
    none.unmount();
    api.getPanels.mockResolvedValue({
      state: 'native',
      items: [{ id: 'size', title: 'Size', type: 'timeseries' }],
    });
    api.getPanelData.mockRejectedValue(
      await answer(503, { name: 'Error', message: 'Prometheus is away.' }),
    );
    await renderPart(card, api);
    expect(await screen.findByText('Prometheus is away.')).toBeVisible();
  });
});
