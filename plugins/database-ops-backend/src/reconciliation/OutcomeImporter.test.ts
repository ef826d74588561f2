import { TestDatabases } from '@backstage/backend-test-utils';
import { ProofStore } from '../proofs/ProofStore';
import {
  OUTCOME,
  PROOF,
  createStage,
} from './__testUtils__/reconciliationStage';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

describe.each(databases.eachSupportedId())(
  'outcomes of a shell on %s',
  databaseId => {
    const create = () => createStage(databases, databaseId);

    it('takes over what a shell did, once, with its proof and an entry of the audit', async () => {
      const { run, leaveOutcome, store, knex, auditStore } = await create();
      await leaveOutcome({});
      await leaveOutcome({
        operationId: 'verify-by-a-shell',
        kind: 'verify',
        result: { proof: PROOF },
      });
      await leaveOutcome({
        operationId: 'failed-by-a-shell',
        state: 'failed',
        result: undefined,
        failure: { cause: 'The disk is full.', nextStep: 'Make room.' },
      });
      await run();
      await run();
      expect(await store.get('backup-by-a-shell')).toMatchObject({
        kind: 'backup',
        state: 'succeeded',
        requestedBy: 'user:default/on-call',
        parameters: { type: 'full' },
        startedAt: OUTCOME.startedAt,
        endedAt: OUTCOME.endedAt,
        result: OUTCOME.result,
      });
      expect(await store.get('failed-by-a-shell')).toMatchObject({
        state: 'failed',
        failure: { cause: 'The disk is full.' },
      });
      const proofs = await new ProofStore({ knex }).list('orders', {});
      expect(proofs.items).toMatchObject([
        { id: 'verify-by-a-shell', rtoSeconds: 600 },
      ]);
      const { items } = await auditStore.list({ action: 'operation.import' });
      expect(items.map(({ operationId }) => operationId).sort()).toEqual([
        'backup-by-a-shell',
        'failed-by-a-shell',
        'verify-by-a-shell',
      ]);
      expect(items[0]).toMatchObject({
        actor: 'service:database-ops',
        details: { claimedRequester: 'user:default/on-call' },
      });
    });

    it('takes over nothing that names another database, and goes on with the rest', async () => {
      const { run, leaveOutcome, repository, store } = await create();
      const foreign = { ...OUTCOME, operationId: 'x', databaseId: 'parcels' };
      await repository.put(
        'databases/orders/operations/x.json',
        JSON.stringify(foreign),
      );
      await repository.put('databases/orders/operations/y.json', '{"vers');
      await leaveOutcome({});
      await run();
      expect(await store.get('x')).toBeUndefined();
      expect(await store.get('y')).toBeUndefined();
      expect(await store.get('backup-by-a-shell')).toBeDefined();
    });
  },
);
