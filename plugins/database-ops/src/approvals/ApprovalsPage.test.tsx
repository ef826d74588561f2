import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router-dom';
import { Approval } from 'backstage-plugin-database-ops-common';
import { Router } from '../Router';
import { fill } from '../__testUtils__/fill';
import { ago, anApi, anOperation, answer } from '../__testUtils__/fixtures';
import { renderPart } from '../__testUtils__/render';
import { sortApprovals } from './loadApprovals';

const HASH = 'a3'.repeat(32);

function anApproval(changes: Partial<Approval> = {}): Approval {
  return {
    operationId: 'op-1',
    databaseId: 'analytics-timescale',
    state: 'pending',
    subject: { kind: 'restore', parameters: { systemId: '7301' } },
    subjectSentence: 'Restore to 16 Nov 14:05:00 UTC, system 7301.',
    subjectHash: HASH,
    requestedBy: 'user:default/owner',
    requestedAt: ago(60),
    reason: 'Orders are gone',
    approvers: ['user:default/approver', 'group:default/dba'],
    expiresAt: ago(-3600),
    mayApprove: true,
    mayOverride: false,
    ...changes,
  };
}

const page = (
  <Routes>
    <Route path="/databases/*" element={<Router />} />
  </Routes>
);

function backend(approval: Approval) {
  const operation = anOperation({
    kind: 'restore',
    state: approval.state === 'pending' ? 'awaiting-approval' : 'succeeded',
    approval: { state: approval.state, reviewed: false },
  });
  return anApi({
    getMaintenanceModes: jest.fn(async () => ({ items: [] })),
    getOperations: jest.fn(async query => ({
      items:
        query?.state === undefined || query.state === operation.state
          ? [operation]
          : [],
      totalItems: 1,
    })),
    getApproval: jest.fn(async () => approval),
  });
}

describe('The approvals page', () => {
  it('shows what waits for the viewer with its hash, and approves exactly that', async () => {
    const api = backend(anApproval());
    api.decideApproval.mockResolvedValue(anApproval({ state: 'approved' }));
    await renderPart(page, api, '/databases/approvals');
    const list = await screen.findByRole('list', { name: 'Waiting for you' });
    expect(list).toHaveTextContent(
      'Restore to 16 Nov 14:05:00 UTC, system 7301.',
    );
    expect(list).toHaveTextContent(HASH);
    expect(list).toHaveTextContent(/approver or .*dba can approve it/);
    await userEvent.click(within(list).getByText('Approve…'));
    const dialog = screen.getByRole('dialog', { name: 'Approve exactly this' });
    await userEvent.click(within(dialog).getByText('Approve'));
    expect(api.decideApproval).toHaveBeenCalledWith('op-1', {
      decision: 'approve',
      subjectHash: HASH,
      reason: undefined,
    });
  });

  it('rejects with a reason only, and says why a decision was refused', async () => {
    const api = backend(anApproval());
    api.decideApproval.mockRejectedValue(
      await answer(409, {
        name: 'ConflictError',
        message: 'It expired a minute ago; request it again.',
      }),
    );
    await renderPart(page, api, '/databases/approvals');
    await userEvent.click(await screen.findByText('Reject…'));
    const dialog = screen.getByRole('dialog', { name: 'Reject this' });
    const reject = within(dialog).getByText('Reject').closest('button');
    expect(reject).toBeDisabled();
    await fill(within(dialog).getByLabelText(/Reason/), 'Wrong moment');
    await userEvent.click(within(dialog).getByText('Reject'));
    expect(
      await within(dialog).findByText(
        'It expired a minute ago; request it again.',
      ),
    ).toBeVisible();
  });

  it('tells the requester why not, and lets the named override with reason and typed name', async () => {
    const api = backend(
      anApproval({
        mayApprove: false,
        mayApproveReason: 'Whoever requests it cannot approve it.',
        mayOverride: true,
      }),
    );
    api.decideApproval.mockResolvedValue(anApproval({ state: 'overridden' }));
    await renderPart(page, api, '/databases/approvals');
    const list = await screen.findByRole('list', {
      name: 'Waiting for others',
    });
    expect(
      within(list).getByText('Approve…').closest('button'),
    ).toHaveAttribute('aria-disabled', 'true');
    expect(list).toHaveTextContent('Whoever requests it cannot approve it.');
    await userEvent.click(within(list).getByText('Emergency override…'));
    const dialog = screen.getByRole('dialog');
    const run = within(dialog).getByText('Override and run it');
    await fill(within(dialog).getByLabelText(/Reason/), 'Nobody answers');
    expect(run.closest('button')).toBeDisabled();
    await fill(within(dialog).getByLabelText(/Type/), 'analytics-timescale');
    await userEvent.click(run);
    expect(api.decideApproval).toHaveBeenCalledWith('op-1', {
      decision: 'override',
      subjectHash: HASH,
      reason: 'Nobody answers',
    });
  });

  it('asks for the review of an override and records it', async () => {
    const api = backend(
      anApproval({
        state: 'overridden',
        decidedBy: 'user:default/owner',
        decisionReason: 'Nobody answered',
      }),
    );
    await renderPart(page, api, '/databases/approvals');
    const list = await screen.findByRole('list', {
      name: 'Overrides to be reviewed',
    });
    expect(list).toHaveTextContent(/By owner.*Nobody answered/);
    await fill(within(list).getByLabelText(/Review/), 'It was right');
    await userEvent.click(within(list).getByText('Record the review'));
    expect(api.reviewOverride).toHaveBeenCalledWith('op-1', 'It was right');
  });

  it('sorts what expires first before the rest, and leaves out what was reviewed', () => {
    const late = anApproval({ operationId: 'late', expiresAt: ago(-9000) });
    const soon = anApproval({ operationId: 'soon', expiresAt: ago(-60) });
    const reviewed = anApproval({ state: 'overridden', reviewedAt: ago(1) });
    expect(sortApprovals([late, soon, reviewed])).toEqual({
      mine: [soon, late],
      others: [],
      toReview: [],
    });
  });
});
