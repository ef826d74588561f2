import { Signal } from 'backstage-plugin-database-ops-common';
import { signalOf } from 'backstage-plugin-database-ops-node';
import { SignalSource } from '../monitoring/types';
import { aKind } from '../operations/aKind';
import { ApprovalStore } from './ApprovalStore';

const ID = 'override-unreviewed';
const TITLE = 'Emergency overrides';

/** Says which emergency overrides of a database nobody has reviewed; nothing when there are none. */
export function createOverrideSignal(approvals: ApprovalStore): SignalSource {
  return {
    id: ID,
    title: TITLE,
    async read(database, now): Promise<readonly Signal[]> {
      const [oldest, ...more] = await approvals.listUnreviewed(database.id);
      if (!oldest) {
        return [];
      }
      const others = more.length > 0 ? `, and ${more.length} more` : '';
      return [
        signalOf('warning', {
          id: ID,
          title: TITLE,
          sentence: `${oldest.decidedBy} went ahead with ${aKind(oldest.subject.kind)} without approval at ${oldest.decidedAt}${others}; an approver has to review it on the page of operation ${oldest.operationId}.`,
          value: more.length + 1,
          observedAt: now,
        }),
      ];
    },
  };
}
