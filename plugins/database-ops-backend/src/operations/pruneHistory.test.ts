import { TestDatabases } from '@backstage/backend-test-utils';
import { Knex } from 'knex';
import {
  TestClock,
  TestStack,
  createTestStack,
  migrate,
} from '../__testUtils__/testStack';
import { pruneHistory } from './pruneHistory';

jest.setTimeout(60_000);

const databases = TestDatabases.create();
const DAY_SECONDS = 24 * 3600;
const settings = {
  operationsSeconds: 400 * DAY_SECONDS,
  eventsSeconds: 90 * DAY_SECONDS,
};

describe.each(databases.eachSupportedId())('history on %s', databaseId => {
  let knex: Knex;
  let clock: TestClock;
  let stack: TestStack;

  beforeEach(async () => {
    knex = await databases.init(databaseId);
    await migrate(knex);
    clock = new TestClock('2026-01-01T00:00:00Z');
    stack = await createTestStack({ knex, clock: clock.read });
  });

  async function ended(key: string, retryOf?: string): Promise<string> {
    const { id } = await stack.service.request(
      { databaseId: 'orders', kind: 'backup' },
      { requestedBy: 'user:default/owner', idempotencyKey: key, retryOf },
    );
    await stack.service.cancel(id, 'user:default/owner');
    return id;
  }

  const prune = () => pruneHistory({ knex, settings, now: clock.read() });
  const ids = () => knex('operations').orderBy('requested_at').pluck('id');
  const withEvents = () =>
    knex('operation_events').distinct('operation_id').pluck('operation_id');

  it('removes what workers said before what was done, and neither before its time', async () => {
    const id = await ended('one');
    clock.advance(89 * DAY_SECONDS);
    expect(await prune()).toEqual({ operations: 0, events: 0 });
    clock.advance(2 * DAY_SECONDS);
    expect(await prune()).toEqual({ operations: 0, events: 2 });
    expect(await ids()).toEqual([id]);
    clock.advance(310 * DAY_SECONDS);
    expect(await prune()).toEqual({ operations: 1, events: 0 });
    expect(await ids()).toEqual([]);
    expect(await knex('audit_events').where({ operation_id: id })).toHaveLength(
      2,
    );
  });

  it('keeps a promotion that had begun while its instance is there, and an override until somebody reviewed it', async () => {
    const promotion = await ended('promotion');
    const override = await ended('override');
    const restored = await ended('restored');
    await knex('operations')
      .where({ id: promotion })
      .update({
        kind: 'promote',
        state: 'failed',
        started_at: clock.read().toISOString(),
        parameters: JSON.stringify({ restoredInstanceId: restored }),
      });
    await knex.transaction(trx =>
      stack.instances.add(trx, {
        id: restored,
        databaseId: 'orders',
        operationId: restored,
        state: 'running',
        host: 'host',
        directory: '/restored',
        expiresAt: '2027-12-01T00:00:00Z',
      }),
    );
    const at = clock.read().toISOString();
    await knex('approvals').insert({
      operation_id: override,
      database_id: 'orders',
      state: 'overridden',
      subject: '{}',
      subject_hash: '0',
      approvers: '[]',
      emergency: '[]',
      requested_by: 'user:default/owner',
      requested_at: at,
      expires_at: at,
    });
    clock.advance(401 * DAY_SECONDS);
    expect(await prune()).toMatchObject({ operations: 0 });

    await knex('approvals').update({ reviewed_at: at });
    await knex('restored_instances').update({ state: 'discarded' });
    expect(await prune()).toMatchObject({ operations: 2 });
    expect(await ids()).toEqual([restored]);
  });

  it('keeps what has not ended, and what a restored instance, a proof or a retry refers to', async () => {
    const restored = await ended('restored');
    const proved = await ended('proved');
    const failed = await ended('failed');
    clock.advance(300 * DAY_SECONDS);
    const retry = await ended('retry', failed);
    const { id: queued } = await stack.service.request(
      { databaseId: 'orders', kind: 'backup' },
      { requestedBy: 'user:default/owner', idempotencyKey: 'queued' },
    );
    await knex.transaction(trx =>
      stack.instances.add(trx, {
        id: restored,
        databaseId: 'orders',
        operationId: restored,
        state: 'running',
        host: 'host',
        directory: '/restored',
        expiresAt: '2027-12-01T00:00:00Z',
      }),
    );
    await knex('proofs').insert({
      id: proved,
      database_id: 'orders',
      depth: 'restore',
      state: 'proved',
      ended_at: '2026-01-01T00:00:00.000Z',
      data: '{}',
    });
    clock.advance(101 * DAY_SECONDS);
    expect(await prune()).toMatchObject({ operations: 0 });
    expect(new Set(await ids())).toEqual(
      new Set([restored, proved, failed, retry, queued]),
    );
    expect(new Set(await withEvents())).toEqual(
      new Set([restored, proved, queued]),
    );
    clock.advance(400 * DAY_SECONDS);
    await prune();
    expect(new Set(await ids())).toEqual(new Set([restored, proved, queued]));
  });
});
