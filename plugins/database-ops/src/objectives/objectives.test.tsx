import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { aDatabase, ago, anApi } from '../__testUtils__/fixtures';
import { renderPart } from '../__testUtils__/render';
import { ObjectivesCard } from './ObjectivesCard';
import { periodWords, rpoWords, rtoWords } from './words';

const DAY = 86_400;

const rpo = {
  state: 'kept' as const,
  sentence: '9 s would be lost now.',
  promisedSeconds: 3600,
  claimedSeconds: 9,
  provedSeconds: 12,
  periods: [
    {
      days: 30,
      keptSeconds: 29.99 * DAY,
      missedSeconds: 0.01 * DAY,
      unknownSeconds: 0,
    },
  ],
  misses: [{ from: ago(7200), to: ago(3600) }],
};
const rto = {
  state: 'unknown' as const,
  sentence: 'No restore was measured.',
  promisedSeconds: 900,
  periods: [],
};

describe('The objectives of a database', () => {
  it('stand as promise and finding, with what was kept and when it was not', async () => {
    const api = anApi({
      getObjectives: jest.fn(async () => ({
        databaseId: 'analytics-timescale',
        rpo,
        rto,
      })),
    });
    await renderPart(<ObjectivesCard database={aDatabase()} />, api);
    expect(await screen.findByText(/1 h → 9 s, proved 12 s/)).toHaveTextContent(
      'RPO 1 h → 9 s, proved 12 s Kept',
    );
    expect(screen.getByText(/15 min → not measured/)).toHaveTextContent(
      'Not known',
    );
    expect(screen.getByText(/Nothing was proved yet/)).toBeVisible();
    await userEvent.click(screen.getByText('When they were missed'));
    expect(screen.getByRole('dialog')).toHaveTextContent(
      /RPOMissed from .*, 1 hRTONot missed\./,
    );
  });

  it('never round a miss away, and say what is not known', () => {
    expect(periodWords(rpo.periods[0])).toBe(
      'kept 99.9 % of 30 d (missed 14 min)',
    );
    expect(
      periodWords({
        days: 90,
        keptSeconds: 0,
        missedSeconds: 0,
        unknownSeconds: 90 * DAY,
      }),
    ).toBe('90 d: not known');
    expect(
      periodWords({
        days: 30,
        keptSeconds: 29 * DAY,
        missedSeconds: 0,
        unknownSeconds: DAY,
      }),
    ).toBe('kept 100 % of 30 d (24 h not known)');
    expect(rpoWords({ ...rto, promisedSeconds: undefined })).toBe(
      'none promised → not known, not proved',
    );
    expect(rtoWords({ ...rto, measuredSeconds: 130 })).toBe(
      '15 min → 2 min 10 s proved',
    );
  });
});
