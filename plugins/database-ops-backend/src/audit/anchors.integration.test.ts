import { TestDatabases } from '@backstage/backend-test-utils';
import {
  RepositoryDefinition,
  S3ObjectStore,
} from 'backstage-plugin-database-ops-node';
import { fleetRepository } from 'backstage-plugin-database-ops-node/testing';
import { FleetLoan } from 'local-fleet';
import {
  TestClock,
  createTestStack,
  migrate,
} from '../__testUtils__/testStack';
import { AnchorConflictError, AuditObjects } from './anchors';
import { hashOf } from './chain';
import { ChainCheckStore } from './ChainCheckStore';
import { ChainKeeper } from './ChainKeeper';
import { toEvent } from './rows';

jest.setTimeout(180_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3'] });

describe('anchors of the audit history in a real repository', () => {
  let loan: FleetLoan;
  let repository: RepositoryDefinition;

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3'] });
    repository = await fleetRepository(
      await loan.fleet.configuration(),
      `audit-${Date.now()}/`,
    );
  });

  afterAll(() => loan?.giveBack());

  it('are written once, outlive the portal and betray a history that was written anew with right hashes', async () => {
    const knex = await databases.init('SQLITE_3');
    await migrate(knex);
    const clock = new TestClock('2026-11-23T10:00:00Z');
    const stack = await createTestStack({ knex, clock: clock.read });
    const keeper = (chain?: string) =>
      new ChainKeeper({
        ...stack,
        checks: new ChainCheckStore({ knex }),
        alarm: async () => {},
        settings: { chain, anchorAfterSeconds: 60, lockSeconds: 30 * 86_400 },
        openStore: () => S3ObjectStore.create(repository),
      });
    for (const sentence of ['One.', 'Two.', 'Three.']) {
      await stack.audit.append({
        actor: 'user:default/owner',
        action: 'operation.create',
        outcome: 'accepted',
        sentence,
      });
    }
    clock.advance(120);
    // Two replicas at once write the same anchor.
    const runs = await Promise.all([keeper().run(), keeper().run()]);
    expect(runs).toMatchObject([
      { anchoredSeq: 3, anchorProblem: undefined, fault: undefined },
      { anchoredSeq: 3, anchorProblem: undefined, fault: undefined },
    ]);

    const store = await S3ObjectStore.create(repository);
    const objects = new AuditObjects(store);
    expect(await objects.listAnchors()).toEqual([3]);
    const anchor = await objects.readAnchor(3);
    await expect(
      objects.writeAnchor({ ...anchor, hash: 'f'.repeat(64) }),
    ).rejects.toThrow(AnchorConflictError);
    expect(await objects.readAnchor(3)).toEqual(anchor);

    // The bucket has no default retention: it is the anchor that is locked.
    const lockedUntil = await store.lockedUntil(
      'audit/anchors/000000000003.json',
    );
    expect(lockedUntil!.getTime() - Date.now()).toBeGreaterThan(
      29 * 86_400_000,
    );
    // One that its writer left unlocked is locked in the next turn.
    const unlocked = new AuditObjects(store, { chain: 'other' });
    await unlocked.writeAnchor(anchor);
    const otherKey = 'audit/other/anchors/000000000003.json';
    expect(await store.lockedUntil(otherKey)).toBeUndefined();
    await keeper('other').run();
    expect(await store.lockedUntil(otherKey)).toBeDefined();
    store.close();

    await knex.raw('drop trigger audit_events_no_update');
    await knex('audit_events').where({ seq: 2 }).update({ sentence: 'Zwei.' });
    let previous = '';
    for (const row of await knex('audit_events').orderBy('seq')) {
      const hash = hashOf(toEvent(row), previous);
      await knex('audit_events')
        .where({ seq: row.seq })
        .update({ previous_hash: previous, hash });
      previous = hash;
    }
    await knex('audit_head').update({ hash: previous });
    expect(await stack.auditStore.verify()).toMatchObject({ verified: true });
    expect(await keeper().verifyNow()).toMatchObject({
      verified: false,
      firstBadSeq: 2,
      reason: expect.stringContaining('rewritten'),
    });
  });
});
