import { Approval, Operation } from 'backstage-plugin-database-ops-common';
import { DatabaseOpsApi } from '../api/DatabaseOpsApi';
import { firstRows } from '../api/pages';
import { wantsReview } from './words';

/** An override is reviewed within days: older operations are not searched. */
const SEARCHED_OPERATIONS = 500;

/** Every approval that waits for a decision or for its review. */
export async function loadApprovals(api: DatabaseOpsApi): Promise<Approval[]> {
  const [waiting, newest] = await Promise.all([
    firstRows(Infinity, page =>
      api.getOperations({ ...page, state: 'awaiting-approval' }),
    ),
    firstRows(SEARCHED_OPERATIONS, page => api.getOperations(page)),
  ]);
  const overridden = newest.items.filter(
    ({ approval }) => approval?.state === 'overridden' && !approval.reviewed,
  );
  const wanted = new Map<string, Operation>(
    [...waiting.items, ...overridden].map(operation => [
      operation.id,
      operation,
    ]),
  );
  return Promise.all([...wanted.keys()].map(id => api.getApproval(id)));
}

export interface SortedApprovals {
  /** Those that the viewer may decide, the soonest to expire first. */
  readonly mine: Approval[];
  readonly others: Approval[];
  readonly toReview: Approval[];
}

/** What the viewer can decide, what others can, and what is to be reviewed. */
export function sortApprovals(approvals: readonly Approval[]): SortedApprovals {
  const pending = approvals
    .filter(({ state }) => state === 'pending')
    .sort((a, b) => Date.parse(a.expiresAt) - Date.parse(b.expiresAt));
  return {
    mine: pending.filter(({ mayApprove }) => mayApprove),
    others: pending.filter(({ mayApprove }) => !mayApprove),
    toReview: approvals.filter(wantsReview),
  };
}
