import { Approval } from 'backstage-plugin-database-ops-common';
import { StatusWord } from '../status/kinds';

export const APPROVAL_WORDS: Record<Approval['state'], StatusWord> = {
  pending: { look: 'waiting', word: 'Waits for a second person' },
  approved: { look: 'good', word: 'Approved' },
  rejected: { look: 'bad', word: 'Rejected' },
  withdrawn: { look: 'ended', word: 'Withdrawn' },
  expired: { look: 'ended', word: 'Expired' },
  overridden: { look: 'warning', word: 'Overridden in an emergency' },
};

/** Whether somebody still has to look at what was done without a second person. */
export function wantsReview(approval: Approval): boolean {
  return approval.state === 'overridden' && approval.reviewedAt === undefined;
}

/** What would run, in words where the backend has them. */
export function subjectWords(approval: Approval): string {
  const kind: unknown = approval.subject.kind;
  return (
    approval.subjectSentence ??
    `${typeof kind === 'string' ? kind : 'An operation'} of ${approval.databaseId}`
  );
}
