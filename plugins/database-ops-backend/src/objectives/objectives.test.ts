import { TestDatabaseId, TestDatabases } from '@backstage/backend-test-utils';
import { Proof } from 'backstage-plugin-database-ops-common';
import { testBackup, testInventory } from '../__testUtils__/testEngine';
import {
  TestClock,
  createTestStack,
  migrate,
} from '../__testUtils__/testStack';
import { ProofStore } from '../proofs/ProofStore';
import { createObjectives } from './createObjectives';
import { ObjectiveService } from './ObjectiveService';

jest.setTimeout(60_000);

const databases = TestDatabases.create();
const START = '2026-11-23T10:00:00Z';

describe.each(databases.eachSupportedId())('objectives on %s', databaseId => {
  async function create(id: TestDatabaseId) {
    const knex = await databases.init(id);
    await migrate(knex);
    const clock = new TestClock(START);
    const stack = await createTestStack({
      knex,
      clock: clock.read,
      config: {
        policies: { standard: { objectives: { rpo: 'PT1H', rto: 'PT15M' } } },
      },
    });
    const proofs = new ProofStore({ knex });
    const start = () => createObjectives({ ...stack, proofs });
    const objectives = start();
    const orders = stack.databases.get('orders')!;
    return {
      ...stack,
      clock,
      objectives,
      start,
      read: (from: ObjectiveService = objectives) => from.get(orders),
      backUp: (stoppedAt: string) =>
        knex.transaction(trx =>
          stack.backups.applyInventory(
            trx,
            testInventory(
              'orders',
              [{ ...testBackup('orders', stoppedAt), stoppedAt }],
              clock.read().toISOString(),
            ),
          ),
        ),
      prove: (proof: Partial<Proof>) =>
        knex.transaction(trx =>
          proofs.record(trx, {
            id: 'proof-1',
            databaseId: 'orders',
            operationId: 'verify-1',
            depth: 'restore',
            state: 'proved',
            sentence: 'Proved.',
            startedAt: START,
            endedAt: START,
            checks: [],
            ...proof,
          }),
        ),
      restored: (seconds: number) =>
        knex('operations').insert({
          id: 'restore-1',
          database_id: 'orders',
          kind: 'restore',
          state: 'succeeded',
          parameters: '{}',
          requested_by: 'user:default/owner',
          requested_at: START,
          started_at: START,
          ended_at: new Date(Date.parse(START) + seconds * 1000).toISOString(),
          idempotency_key: 'key',
        }),
    };
  }

  it('are unknown until something was found out, and for a repository nobody has read', async () => {
    const { objectives, read } = await create(databaseId);
    expect((await read()).rpo).toMatchObject({
      state: 'unknown',
      promisedSeconds: 3600,
    });
    await objectives.tick();
    expect((await read()).rpo).toMatchObject({
      state: 'unknown',
      sentence: expect.stringContaining('has not been read yet'),
    });
    expect((await read()).rto).toMatchObject({
      state: 'unknown',
      sentence: expect.stringContaining('No restore of Orders'),
    });
  });

  it('compare promised with claimed, proved and measured', async () => {
    const { objectives, read, backUp, prove, restored } =
      await create(databaseId);
    await backUp('2026-11-23T09:30:00.000Z');
    await restored(60);
    await objectives.tick();
    expect(await read()).toMatchObject({
      databaseId: 'orders',
      policyName: 'standard',
      rpo: { state: 'kept', promisedSeconds: 3600, claimedSeconds: 1800 },
      rto: {
        state: 'kept',
        promisedSeconds: 900,
        measuredSeconds: 60,
        measuredOperationId: 'restore-1',
      },
    });
    expect((await read()).rpo.provedSeconds).toBeUndefined();

    await prove({ depth: 'repository', rpoSeconds: 1, rtoSeconds: 1 });
    await prove({
      id: 'proof-2',
      endedAt: '2026-11-23T11:00:00.000Z',
      rpoSeconds: 12,
      rtoSeconds: 1000,
    });
    await objectives.tick();
    expect(await read()).toMatchObject({
      rpo: { provedSeconds: 12, provedAt: '2026-11-23T11:00:00.000Z' },
      rto: { state: 'missed', measuredOperationId: 'verify-1' },
    });
  });

  it('miss an RPO without any backup, once the repository has been read', async () => {
    const { objectives, read, knex, backups, clock } = await create(databaseId);
    await knex.transaction(trx =>
      backups.applyInventory(
        trx,
        testInventory('orders', [], clock.read().toISOString()),
      ),
    );
    await objectives.tick();
    expect((await read()).rpo).toMatchObject({
      state: 'missed',
      sentence: expect.stringContaining('cannot be restored to any moment'),
    });
  });

  it('judge nothing by facts that nobody has renewed', async () => {
    const { objectives, read, backUp, clock } = await create(databaseId);
    await backUp('2026-11-23T09:59:00.000Z');
    await objectives.tick();
    clock.advance(601);
    expect((await read()).rpo).toMatchObject({ state: 'unknown' });
  });

  it('add up kept and missed over restarts and replicas; what nobody observed is unknown', async () => {
    const { start, read, backUp, clock } = await create(databaseId);
    await backUp('2026-11-23T09:30:00.000Z');
    const observe = async (minutes: number) => {
      for (let minute = 0; minute < minutes; minute += 1) {
        // Each turn by portals that have just started.
        await Promise.all([start().tick(), start().tick()]);
        clock.advance(60);
      }
      await start().tick();
    };
    // Kept until 10:30, missed until 10:40.
    await observe(40);
    const after = await read();
    const [month, quarter] = after.rpo.periods;
    expect(month).toMatchObject({ days: 30, keptSeconds: 31 * 60 });
    expect(month.missedSeconds).toBe(9 * 60);
    expect(month.unknownSeconds).toBe(30 * 86_400 - 40 * 60);
    expect(quarter.days).toBe(90);
    expect(after.rpo.misses).toEqual([
      { from: '2026-11-23T10:31:00.000Z', to: undefined },
    ]);

    // The portal is away for two hours, and comes back after a backup.
    clock.advance(2 * 3600);
    await backUp('2026-11-23T12:30:00.000Z');
    await observe(5);
    const [later] = (await read()).rpo.periods;
    expect(later.keptSeconds).toBe(31 * 60 + 5 * 60);
    expect(later.missedSeconds).toBe(9 * 60);
    expect((await read()).rpo.misses).toEqual([
      {
        from: '2026-11-23T10:31:00.000Z',
        to: '2026-11-23T10:40:00.000Z',
      },
    ]);
  });

  it('forget what lies before the longest period', async () => {
    const { start, read, backUp, clock, knex } = await create(databaseId);
    await backUp('2026-11-23T09:59:00.000Z');
    await start().tick();
    clock.advance(92 * 86_400);
    await start().tick();
    const [, quarter] = (await read()).rpo.periods;
    expect(quarter).toMatchObject({ keptSeconds: 0 });
    const rows = await knex('objective_intervals').where({
      database_id: 'orders',
    });
    expect(rows).toHaveLength(2);
  });

  it('are summed up for all databases at once', async () => {
    const { objectives, backUp } = await create(databaseId);
    await backUp('2026-11-23T09:30:00.000Z');
    await objectives.tick();
    expect([...(await objectives.summaries())]).toMatchObject([
      [
        'orders',
        {
          rpoState: 'kept',
          rtoState: 'unknown',
          rpoPromisedSeconds: 3600,
          rpoClaimedSeconds: 1800,
        },
      ],
      ['parcels', { rpoState: 'unknown' }],
    ]);
  });
});
