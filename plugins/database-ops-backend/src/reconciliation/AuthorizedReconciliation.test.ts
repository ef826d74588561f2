import { OperationFailedError } from 'backstage-plugin-database-ops-node';
import { AuditEntry } from '../audit/chain';
import { AuditLog } from '../audit/AuditLog';
import { ReadyDatabase } from '../databases/types';
import { Caller, DatabaseAuthorizer } from '../permissions/DatabaseAuthorizer';
import { AuthorizedReconciliation } from './AuthorizedReconciliation';
import { InventoryRequester } from './InventoryRequester';
import { Reconciler } from './Reconciler';

const CALLER = {
  principal: { type: 'user', userEntityRef: 'user:default/owner' },
} as unknown as Caller;

function create(silent: readonly string[] = []) {
  const requested: string[] = [];
  const entries: AuditEntry[] = [];
  const database = {
    id: 'orders',
    title: 'Orders',
    repositoryId: 'main',
    repository: { id: 'main' },
    additionalRepositories: [{ id: 'far' }, { id: 'near' }],
  } as unknown as ReadyDatabase;
  const reconciliation = new AuthorizedReconciliation({
    databases: { list: () => [database], get: () => database },
    reconciler: {
      reconcile: async (_database: ReadyDatabase, { id }: { id: string }) => {
        if (silent.includes(id)) {
          throw new OperationFailedError({
            cause: `Repository '${id}' does not answer.`,
            nextStep: 'Look at it.',
          });
        }
        return { appeared: [], missing: [], imported: 0 };
      },
    } as unknown as Reconciler,
    inventories: {
      requestNow: async (_database: ReadyDatabase, { id }: { id: string }) => {
        requested.push(id);
        return `inventory-of-${id}`;
      },
    } as unknown as InventoryRequester,
    authorizer: { mayRun: async () => true } as unknown as DatabaseAuthorizer,
    audit: {
      append: async (entry: AuditEntry) => void entries.push(entry),
    } as unknown as AuditLog,
  });
  return { reconciliation, requested, entries };
}

describe('reconciliation on demand', () => {
  it('has each repository of a database read anew, and gives the operation on the first', async () => {
    const { reconciliation, requested, entries } = create();
    const { operationId } = await reconciliation.reconcile(CALLER, 'orders');
    expect(requested).toEqual(['main', 'far', 'near']);
    expect(operationId).toBe('inventory-of-main');
    expect(entries).toMatchObject([{ operationId, outcome: 'succeeded' }]);
  });

  it('leaves out one that does not answer', async () => {
    const { reconciliation, requested } = create(['main']);
    const { operationId, sentence } = await reconciliation.reconcile(
      CALLER,
      'orders',
    );
    expect(requested).toEqual(['far', 'near']);
    expect(operationId).toBe('inventory-of-far');
    expect(sentence).toContain("Repository 'main' does not answer.");
  });
});
