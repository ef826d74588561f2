import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router-dom';
import { Router } from '../Router';
import { ago, anApi, answer } from '../__testUtils__/fixtures';
import { renderPart } from '../__testUtils__/render';

const page = (
  <Routes>
    <Route path="/databases/*" element={<Router />} />
  </Routes>
);

const event = {
  seq: 18204,
  at: ago(20),
  actor: 'user:default/owner',
  action: 'operation.create',
  databaseId: 'analytics-timescale',
  operationId: 'op-1',
  outcome: 'denied' as const,
  sentence: 'owner was refused a backup of analytics-timescale.',
  details: { type: 'full' },
  previousHash: 'aa',
  hash: 'bb',
};

const history = () =>
  anApi({
    getAuditEvents: jest.fn(async () => ({ items: [event], totalItems: 1 })),
    getAuditChain: jest.fn(async () => ({
      verified: true,
      events: 18204,
      checkedAt: ago(120),
    })),
    getDatabases: jest.fn(async () => ({ items: [], totalItems: 0 })),
  });

describe('The audit page', () => {
  it('tells each event in a sentence, the chain in its header, and the rest in a drawer', async () => {
    await renderPart(page, history(), '/databases/audit');
    expect(
      await screen.findByText(
        'owner was refused a backup of analytics-timescale.',
      ),
    ).toBeVisible();
    expect(screen.getByText('Denied', { selector: 'li span' })).toBeVisible();
    expect(
      await screen.findByText(/verified .*, 18,204 events/),
    ).toHaveTextContent('verified 2 min ago, 18,204 events');
    await userEvent.click(
      screen.getByRole('button', { name: 'Details of audit event 18204' }),
    );
    const drawer = screen.getByRole('dialog', { name: 'Audit event 18204' });
    expect(within(drawer).getByText('bb')).toBeVisible();
    expect(within(drawer).getByRole('link', { name: 'op-1' })).toHaveAttribute(
      'href',
      '/databases/operations/op-1',
    );
  });

  it('asks the backend for what the facets in the address say', async () => {
    const api = history();
    api.getAuditEvents.mockResolvedValue({ items: [], totalItems: 0 });
    await renderPart(
      page,
      api,
      '/databases/audit?databaseId=events-kafka&outcome=failed&text=bucket',
    );
    expect(await screen.findByText('No audit event matches.')).toBeVisible();
    expect(api.getAuditEvents).toHaveBeenCalledWith(
      expect.objectContaining({
        databaseId: 'events-kafka',
        outcome: 'failed',
        text: 'bucket',
      }),
    );
  });

  it('says loudly when the chain is broken, and who to ask when it may not be read', async () => {
    const api = history();
    api.getAuditChain.mockResolvedValue({
      verified: false,
      events: 10,
      checkedAt: ago(1),
      firstBadSeq: 7,
      reason: 'Its hash does not match.',
    });
    api.getAuditEvents.mockRejectedValue(
      await answer(403, { name: 'NotAllowedError', message: 'No.' }),
    );
    await renderPart(page, api, '/databases/audit');
    expect(await screen.findByText(/BROKEN at event 7/)).toBeVisible();
    expect(
      await screen.findByText(/You may not see the audit history/),
    ).toBeVisible();
  });
});

describe('The policies page', () => {
  it('reads each policy aloud with where it applies and its next runs', async () => {
    const api = anApi({
      getPolicies: jest.fn(async () => ({
        items: [
          {
            name: 'gold',
            sentence:
              'A full backup every day at 02:00 UTC; at most 1 h is lost.',
            rpo: 'PT1H',
            databaseIds: ['analytics-timescale'],
            schedules: [
              {
                name: 'nightly',
                kind: 'backup' as const,
                type: 'full',
                cron: '0 2 * * *',
                timeZone: 'UTC',
                databaseId: 'analytics-timescale',
                nextRuns: [ago(-3600)],
              },
            ],
          },
        ],
      })),
    });
    await renderPart(page, api, '/databases/policies');
    expect(await screen.findByText(/A full backup every day/)).toBeVisible();
    expect(screen.getByText('RPO 1 h')).toBeVisible();
    expect(screen.getByRole('list', { name: 'Schedules' })).toHaveTextContent(
      /nightly of analytics-timescale: full backup.*Next \d\d.* \(in (1 h|59 min)\)/,
    );
  });

  it('teaches what a policy is for when there is none', async () => {
    const api = anApi({ getPolicies: jest.fn(async () => ({ items: [] })) });
    await renderPart(page, api, '/databases/policies');
    expect(await screen.findByText(/No policies yet/)).toBeVisible();
  });
});
