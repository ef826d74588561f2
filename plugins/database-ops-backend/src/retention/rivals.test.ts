import { TestDatabases } from '@backstage/backend-test-utils';
import { Operation, OperationKind } from 'backstage-plugin-database-ops-common';
import { createStage, owner } from './__testUtils__/retentionStage';

jest.setTimeout(120_000);

const databases = TestDatabases.create();

/** Each with both at the same instant, judged before either stands. */
const ROUNDS = 30;
/** A transaction takes longer. */
const MOST_AHEAD_MS = 5;
/** Old enough to go, and present. */
const WANTED = 'full-2026-11-03';

type Stage = Awaited<ReturnType<typeof createStage>>;

/**
 * Lets the first judgements of a round go on only when all of them are made,
 * that of the wanted kind a little in front.
 */
function judgeTogether({ validator }: Stage) {
  const validate = validator.validate.bind(validator);
  let waiting: { readonly kind: OperationKind; readonly go: () => void }[] = [];
  let expected = 0;
  let inFront: OperationKind = 'expire';
  let aheadMs = 0;
  jest.spyOn(validator, 'validate').mockImplementation(async request => {
    const { kind } = request;
    const valid = await validate(request);
    if (expected > 0) {
      expected -= 1;
      const ready = new Promise<void>(go => waiting.push({ kind, go }));
      if (expected === 0) {
        waiting.forEach(one =>
          setTimeout(one.go, one.kind === inFront ? 0 : aheadMs),
        );
        waiting = [];
      }
      await ready;
    }
    return valid;
  });
  return (judgements: number, first: OperationKind, round: number) => {
    expected = judgements;
    inFront = first;
    aheadMs = (round >> 1) % MOST_AHEAD_MS;
  };
}

describe.each(databases.eachSupportedId())(
  'who removes a backup and who needs it, at the same instant on %s',
  databaseId => {
    async function create() {
      const stage = await createStage(databases, databaseId);
      const { service, store } = stage;
      const request = (
        round: number,
        kind: 'expire' | 'restore',
        parameters = {},
      ) =>
        service.request(
          { databaseId: 'ledger', kind, parameters, confirmation: 'ledger' },
          {
            requestedBy: 'user:default/owner',
            idempotencyKey: `${kind}-${round}`,
          },
        );
      return {
        ...stage,
        request,
        together: judgeTogether(stage),
        active: () => store.listActive(),
        cancelAll: async () => {
          for (const { id } of await store.listActive()) {
            await service.cancel(id, 'user:default/owner');
          }
        },
      };
    }

    const removes = (operation: Operation | undefined) =>
      (operation?.parameters.remove as readonly string[] | undefined)?.includes(
        WANTED,
      );

    it('never both stand: the removal leaves it out, or the restore is refused', async () => {
      const { request, together, active, cancelAll } = await create();
      const ends = { spared: 0, refused: 0 };
      for (let round = 0; round < ROUNDS; round += 1) {
        together(2, round % 2 === 0 ? 'restore' : 'expire', round);
        const restore = () =>
          request(round, 'restore', { kind: 'backup', backupId: WANTED });
        const expire = () => request(round, 'expire');
        const outcomes = await Promise.allSettled([restore(), expire()]);
        const left = await active();
        const expiring = left.find(({ kind }) => kind === 'expire');
        const restoring = left.find(({ kind }) => kind === 'restore');
        const errors = outcomes.flatMap(outcome =>
          outcome.status === 'rejected' ? [String(outcome.reason)] : [],
        );
        const refusal = `ConflictError: Backup '${WANTED}' of database 'ledger' is removed by operation ${expiring?.id}, which is queued; cancel it first, or choose another backup.`;
        expect({ errors, removed: removes(expiring) }).toEqual(
          restoring
            ? { errors: [], removed: false }
            : { errors: [refusal], removed: true },
        );
        ends[restoring ? 'spared' : 'refused'] += 1;
        await cancelAll();
      }
      expect(ends.spared).toBeGreaterThan(0);
      expect(ends.refused).toBeGreaterThan(0);
    });

    it('never both stand: the removal leaves it out, or the pin is refused', async () => {
      const { request, together, active, cancelAll, pins } = await create();
      for (let round = 0; round < ROUNDS; round += 1) {
        together(1, 'expire', round);
        const pin = () =>
          pins.create(owner, 'ledger', { backupId: WANTED, reason: 'r' });
        const expire = () => request(round, 'expire');
        const both = round % 2 === 0 ? [pin(), expire()] : [expire(), pin()];
        const outcomes = await Promise.allSettled<unknown>(both);
        const [expiring] = await active();
        const pinned = await pins.pinnedBackups(owner, 'ledger');
        expect(removes(expiring)).toBe(!pinned.has(WANTED));
        expect(
          outcomes.filter(({ status }) => status === 'rejected'),
        ).toHaveLength(pinned.has(WANTED) ? 0 : 1);
        for (const { id } of await pins.list(owner, 'ledger')) {
          await pins.end(owner, 'ledger', id);
        }
        await cancelAll();
      }
    });

    it('a request that was judged before the other came is not carried out as it was judged', async () => {
      const { validator, service, request } = await create();
      const judged = await validator.validate({
        databaseId: 'ledger',
        kind: 'expire',
      });
      const restore = await request(0, 'restore', {
        kind: 'backup',
        backupId: WANTED,
      });
      await expect(
        service.requestValid(judged, {
          requestedBy: 'schedule:ledger/retention',
          idempotencyKey: 'judged before',
        }),
      ).rejects.toMatchObject({
        operationId: restore.id,
        message: expect.stringContaining('was requested at the same moment'),
      });
      const fresh = await validator.validate({
        databaseId: 'ledger',
        kind: 'expire',
      });
      const expire = await service.requestValid(fresh, {
        requestedBy: 'schedule:ledger/retention',
        idempotencyKey: 'judged beside it',
      });
      expect(removes(expire)).toBe(false);
    });
  },
);
