import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router-dom';
import { Router } from '../Router';
import { ago, anApi, answer } from '../__testUtils__/fixtures';
import { renderPart } from '../__testUtils__/render';
import { splitDetails } from './difference';

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
      anchoredSeq: 18190,
      anchoredAt: ago(3600),
    })),
    getMaintenanceModes: jest.fn(async () => ({ items: [] })),
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
    ).toHaveTextContent(
      'verified 2 min ago, 18,204 events. Anchored in a repository up to event 18,190, 1 h ago.',
    );
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

  it('exports what the facets leave as a file of the chosen format', async () => {
    const api = history();
    api.exportAuditEvents.mockResolvedValueOnce('seq,at');
    URL.createObjectURL = jest.fn(() => 'blob:1');
    URL.revokeObjectURL = jest.fn();
    const clicked = jest
      .spyOn(HTMLAnchorElement.prototype, 'click')
      .mockImplementation(() => {});
    await renderPart(page, api, '/databases/audit?outcome=failed&text=bucket');
    await userEvent.click(await screen.findByText('Export CSV'));
    expect(api.exportAuditEvents).toHaveBeenCalledWith(
      expect.objectContaining({
        format: 'csv',
        outcome: 'failed',
        text: 'bucket',
      }),
    );
    expect(clicked).toHaveBeenCalledTimes(1);
    clicked.mockRestore();
    api.exportAuditEvents.mockRejectedValueOnce(
      await answer(403, { name: 'NotAllowedError', message: 'Not yours.' }),
    );
    await userEvent.click(screen.getByText('Export JSON lines'));
    expect(await screen.findByText(/Not yours\./)).toBeVisible();
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

describe('The details of an audit event', () => {
  it('show what changed field by field, and the rest as it is', () => {
    expect(
      splitDetails({
        reason: 'migration',
        before: { state: 'none', schedules: { daily: '0 2 * * *' }, old: 1 },
        after: {
          state: 'pinned',
          schedules: { daily: '0 2 * * *' },
          list: [2],
        },
      }),
    ).toEqual({
      others: { reason: 'migration' },
      changes: [
        { path: 'list', before: undefined, after: '[2]' },
        { path: 'old', before: '1', after: undefined },
        { path: 'state', before: 'none', after: 'pinned' },
      ],
    });
    expect(splitDetails({ type: 'full' })).toEqual({
      others: { type: 'full' },
    });
    expect(splitDetails(undefined)).toEqual({ others: {} });
  });
});
