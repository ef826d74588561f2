import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router-dom';
import { Router } from '../Router';
import { fill } from '../__testUtils__/fill';
import { ago, anApi } from '../__testUtils__/fixtures';
import { renderPart } from '../__testUtils__/render';
import { readPolicies } from './readPolicies';
import { blackoutWords, retryWords, timeoutWords } from './words';

const page = (
  <Routes>
    <Route path="/databases/*" element={<Router />} />
  </Routes>
);

const gold = {
  name: 'gold',
  sentence: 'A full backup every day at 02:00 UTC; at most 1 h is lost.',
  rpo: 'PT1H',
  databaseIds: ['analytics-timescale'],
  overriddenBy: ['analytics-timescale'],
  retentionSentence: 'Any second of the last 30 days stays restorable.',
  retries: { attempts: 2, delay: 'PT5M', factor: 2 },
  timeouts: { backup: 'PT6H' },
  schedules: [
    {
      name: 'nightly',
      kind: 'backup' as const,
      type: 'full',
      cron: '0 2 * * *',
      timeZone: 'UTC',
      databaseId: 'analytics-timescale',
      jitter: 'PT5M',
      nextRuns: Array.from({ length: 10 }, (_, day) =>
        ago(-3660 - day * 86400),
      ),
      lastDueAt: ago(7200),
      lastOutcome: 'made-up',
      lastReason: 'the portal was down',
    },
  ],
  blackouts: [
    {
      days: ['mon'],
      from: '08:00',
      to: '10:00',
      timeZone: 'UTC',
      reason: 'Billing',
    },
  ],
  approvals: [
    {
      kinds: ['restore' as const],
      approvers: ['user:default/approver'],
      expiresAfter: 'PT4H',
      emergency: ['user:default/owner'],
    },
  ],
};

const backend = () =>
  anApi({
    getMaintenanceModes: jest.fn(async () => ({ items: [] })),
    getPolicies: jest.fn(async () => ({ items: [gold] })),
  });

describe('The policies page', () => {
  it('reads each policy aloud with everything that it says', async () => {
    await renderPart(page, backend(), '/databases/policies');
    expect(await screen.findByText(/A full backup every day/)).toBeVisible();
    expect(screen.getByText('RPO 1 h')).toBeVisible();
    expect(screen.getByRole('list', { name: 'Schedules' })).toHaveTextContent(
      /nightly of analytics-timescale: full backup.*spread over 5 min.*Next .*\(in 1 h\).*made up afterwards \(the portal was down\)/,
    );
    expect(
      within(screen.getByLabelText('Next runs of nightly')).getAllByText(/UTC/),
    ).toHaveLength(10);
    expect(screen.getByText('overrides a part of it')).toBeVisible();
    expect(
      screen.getByText(
        'mon 08:00 to 10:00 (UTC): nothing is started, because: Billing',
      ),
    ).toBeVisible();
    expect(screen.getByText(/for restore:/)).toHaveTextContent(
      'for restore: approver, within 4 h; in an emergency owner alone',
    );
  });

  it('says what a pasted change would do, and where it is wrong', async () => {
    const api = backend();
    api.previewPolicies.mockResolvedValueOnce({
      errors: [
        {
          path: 'policies.gold.schedules.nightly.cron',
          message: 'No hour 25.',
        },
      ],
      changes: [],
    });
    await renderPart(page, api, '/databases/policies?show=preview');
    const field = await screen.findByLabelText('Policies');
    const look = screen.getByText('What would it do?');
    await fill(field, 'gold: [');
    await userEvent.click(look);
    expect(api.previewPolicies).not.toHaveBeenCalled();
    expect(field).toHaveAttribute('aria-invalid', 'true');

    await fill(
      field,
      'gold:\n  schedules:\n    nightly: { cron: "0 25 * * *" }',
    );
    await userEvent.click(look);
    const errors = await screen.findByRole('list', { name: 'Errors' });
    expect(errors).toHaveTextContent(
      'policies.gold.schedules.nightly.cronNo hour 25.',
    );

    api.previewPolicies.mockResolvedValueOnce({
      errors: [],
      changes: [
        {
          policyName: 'gold',
          databaseId: 'analytics-timescale',
          kind: 'retention',
          sentence: 'The window shrinks to 14 days.',
          backupsRemoved: ['full-1'],
        },
      ],
    });
    await userEvent.click(look);
    expect(
      await screen.findByRole('list', { name: 'What would change' }),
    ).toHaveTextContent(
      /Retention of analytics-timescale by gold: The window shrinks.*1 more backup would go full-1/,
    );
    expect(api.previewPolicies).toHaveBeenLastCalledWith({
      gold: { schedules: { nightly: { cron: '0 25 * * *' } } },
    });
  });

  it('teaches what a policy is for when there is none', async () => {
    const api = backend();
    api.getPolicies.mockResolvedValue({ items: [] });
    await renderPart(page, api, '/databases/policies');
    expect(await screen.findByText(/No policies yet/)).toBeVisible();
  });
});

describe('Pasted policies', () => {
  it('are read from YAML and JSON, with or without what stands around them', () => {
    const wanted = { gold: { objectives: { rpo: 'PT1H' } } };
    for (const text of [
      'gold: { objectives: { rpo: PT1H } }',
      'policies:\n  gold:\n    objectives:\n      rpo: PT1H',
      JSON.stringify({ databaseOps: { policies: wanted } }),
    ]) {
      expect(readPolicies(text)).toEqual(wanted);
    }
    expect(() => readPolicies('just words')).toThrow('This is no map');
    expect(() => readPolicies('{}')).toThrow('There is no policy in it.');
  });

  it('have words for retries, time-outs and blackouts', () => {
    expect(retryWords(gold)).toBe(
      '2 times, after 5 min, then 2 times as long each',
    );
    expect(retryWords({ ...gold, retries: { attempts: 0 } })).toBeUndefined();
    expect(timeoutWords(gold)).toBe('backup after 6 h');
    expect(
      blackoutWords({ ...gold.blackouts[0], kinds: ['verify'], reason: '' }),
    ).toBe('mon 08:00 to 10:00 (UTC): no verify is started');
  });
});
