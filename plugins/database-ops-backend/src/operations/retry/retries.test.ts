import { TestDatabases } from '@backstage/backend-test-utils';
import { ConflictError, NotFoundError } from '@backstage/errors';
import { Operation } from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { MemoryExecutor } from '../../__testUtils__/MemoryExecutor';
import { eventually } from '../../__testUtils__/eventually';
import { testBackupResult } from '../../__testUtils__/testEngine';
import {
  TestClock,
  TestStack,
  createTestStack,
  migrate,
} from '../../__testUtils__/testStack';
import { RequestedOperation } from '../requests/types';
import { retryDelaySeconds } from './retryDue';

jest.setTimeout(60_000);

const databases = TestDatabases.create();
const failure = {
  type: 'error',
  cancelled: false,
  failure: { cause: 'The disk is full.', nextStep: 'Make room.' },
} as const;

describe('the delay of a retry', () => {
  it('grows by its factor up to its maximum', () => {
    const rules = {
      attempts: 5,
      delaySeconds: 300,
      factor: 2,
      maximumDelaySeconds: 1000,
    };
    expect([1, 2, 3, 4].map(n => retryDelaySeconds(rules, n))).toEqual([
      300, 600, 1000, 1000,
    ]);
  });
});

describe.each(databases.eachSupportedId())('retries on %s', databaseId => {
  let knex: Knex;
  let clock: TestClock;
  let executor: MemoryExecutor;
  let portal: TestStack;
  let key = 0;

  beforeEach(async () => {
    knex = await databases.init(databaseId);
    await migrate(knex);
    clock = new TestClock('2026-11-23T10:00:00Z');
    executor = new MemoryExecutor();
    portal = await createTestStack({
      knex,
      executor,
      clock: clock.read,
      config: {
        policies: {
          standard: {
            schedules: { hourly: { kind: 'backup', cron: '0 * * * *' } },
            retries: { attempts: 2, delay: 'PT5M', factor: 2 },
          },
        },
      },
    });
    portal.dispatcher.start();
  });
  afterEach(() => portal.dispatcher.stop());

  const request = (
    requestedBy: string,
    what: Partial<RequestedOperation> = {},
  ) =>
    portal.service.request(
      { databaseId: 'orders', kind: 'backup', ...what },
      { requestedBy, idempotencyKey: `key-${key++}` },
    );

  const started = (id: string) =>
    eventually(async () => executor.workers.has(id), Boolean);

  const reaches = (id: string, state: Operation['state']) =>
    eventually(
      async () => (await portal.store.get(id)) as Operation,
      operation => operation.state === state,
    );

  async function fail(id: string): Promise<Operation> {
    await started(id);
    executor.end(id, failure);
    return reaches(id, 'failed');
  }

  const retryOf = async (id: string) =>
    (await portal.store.list({})).items.find(item => item.retryOf === id);

  async function lookAgain(): Promise<void> {
    portal.dispatcher.wake();
    await new Promise(resolve => setTimeout(resolve, 300));
  }

  it('tries what a schedule asked for again, later each time and as often as the policy says', async () => {
    const first = await request('schedule:orders/hourly');
    await fail(first.id);
    await lookAgain();
    expect(await retryOf(first.id)).toBeUndefined();
    clock.advance(301);
    portal.dispatcher.wake();
    const second = await eventually(() => retryOf(first.id), Boolean);
    expect(second).toMatchObject({
      requestedBy: 'schedule:orders/hourly',
      parameters: first.parameters,
    });
    await fail(second?.id ?? '');
    clock.advance(301);
    await lookAgain();
    expect(await retryOf(second?.id ?? '')).toBeUndefined();
    clock.advance(300);
    portal.dispatcher.wake();
    const third = await eventually(() => retryOf(second?.id ?? ''), Boolean);
    await fail(third?.id ?? '');
    clock.advance(100_000);
    await lookAgain();
    expect((await portal.store.list({})).totalItems).toBe(3);
    const [described] = await portal.views.describe([first]);
    expect(described.retriedBy).toBe(second?.id);
  });

  it('does not try again by itself what a person asked for, or what was done meanwhile', async () => {
    const asked = await request('user:default/owner');
    await fail(asked.id);
    const scheduled = await request('schedule:orders/hourly');
    await fail(scheduled.id);
    clock.advance(1);
    const byHand = await request('user:default/owner');
    await started(byHand.id);
    executor.end(byHand.id, testBackupResult('orders'));
    await reaches(byHand.id, 'succeeded');
    clock.advance(100_000);
    await lookAgain();
    expect((await portal.store.list({})).totalItems).toBe(3);
  });

  /** As if its engine had more than one type of backup. */
  const makeOther = (id: string) =>
    knex('operations')
      .where({ id })
      .update({ parameters: JSON.stringify({ type: 'other' }) });

  const retryAt = async (id: string) => {
    const [{ retry_at_ms: at }] = await knex('operations').where({ id });
    return at === null ? undefined : Number(at);
  };

  it('waits while another with other parameters is active, and does not take its success for its own', async () => {
    const scheduled = await request('schedule:orders/hourly');
    await fail(scheduled.id);
    clock.advance(1);
    const other = await request('user:default/owner');
    await started(other.id);
    await makeOther(other.id);
    clock.advance(301);
    const putOffUntil = clock.read().getTime() + 300_000;
    portal.dispatcher.wake();
    await eventually(
      () => retryAt(scheduled.id),
      at => at === putOffUntil,
    );
    executor.end(other.id, testBackupResult('orders'));
    await reaches(other.id, 'succeeded');
    clock.advance(299);
    await lookAgain();
    expect(await retryOf(scheduled.id)).toBeUndefined();
    clock.advance(1);
    portal.dispatcher.wake();
    expect(
      await eventually(() => retryOf(scheduled.id), Boolean),
    ).toMatchObject({ parameters: scheduled.parameters });
    expect(await retryAt(scheduled.id)).toBeUndefined();
  });

  it('leaves the retry to a person who does the same, until that has succeeded', async () => {
    const scheduled = await request('schedule:orders/hourly');
    await fail(scheduled.id);
    // Before the retry is due: the dispatcher looks by itself too.
    const byHand = await request('user:default/owner');
    clock.advance(301);
    await lookAgain();
    expect(await retryAt(scheduled.id)).toBeDefined();
    await fail(byHand.id);
    clock.advance(301);
    portal.dispatcher.wake();
    await eventually(() => retryOf(scheduled.id), Boolean);
  });

  it('puts off what cannot be requested just now, for two days at most, and gives up at once what never can', async () => {
    const scheduled = await request('schedule:orders/hourly');
    await fail(scheduled.id);
    const validate = jest.spyOn(portal.validator, 'validate');
    for (const passing of [
      new ConflictError('It is quarantined.'),
      new Error('The database of the portal does not answer.'),
    ]) {
      validate.mockRejectedValueOnce(passing);
      clock.advance(301);
      const putOffUntil = clock.read().getTime() + 300_000;
      portal.dispatcher.wake();
      await eventually(
        () => retryAt(scheduled.id),
        at => at === putOffUntil,
      );
    }
    validate.mockRejectedValueOnce(new ConflictError('It is quarantined.'));
    clock.advance(48 * 3600);
    portal.dispatcher.wake();
    await eventually(
      () => retryAt(scheduled.id),
      at => at === undefined,
    );
    expect(portal.logger.warn).toHaveBeenCalledWith(
      expect.stringContaining('could not be requested for too long'),
    );
    const another = await request('schedule:orders/hourly');
    await fail(another.id);
    validate.mockRejectedValueOnce(new NotFoundError('It is gone.'));
    clock.advance(301);
    portal.dispatcher.wake();
    await eventually(
      () => retryAt(another.id),
      at => at === undefined,
    );
    expect((await portal.store.list({})).totalItems).toBe(2);
  });

  it('does not put off a retry beyond the next run of its schedule', async () => {
    const scheduled = await request('schedule:orders/hourly');
    await fail(scheduled.id);
    clock.advance(200);
    const next = await request('schedule:orders/hourly');
    await started(next.id);
    await makeOther(next.id);
    clock.advance(101);
    portal.dispatcher.wake();
    await eventually(
      () => retryAt(scheduled.id),
      at => at === undefined,
    );
    expect(await retryOf(scheduled.id)).toBeUndefined();
  });

  it('retries by hand as a new operation that links to the old one, once for a key', async () => {
    const first = await request('user:default/owner');
    await fail(first.id);
    const by = { requestedBy: 'user:default/other', idempotencyKey: 'again-1' };
    const second = await portal.service.retry(first.id, {}, by);
    expect(second).toMatchObject({
      retryOf: first.id,
      parameters: first.parameters,
      requestedBy: 'user:default/other',
    });
    expect((await portal.service.retry(first.id, {}, by)).id).toBe(second.id);
    await expect(portal.service.retry(second.id, {}, by)).rejects.toThrow(
      /can be retried/,
    );
  });

  it('wants the name typed again for a restore, and names the page that helps with a failure', async () => {
    const backup = await request('user:default/owner');
    await started(backup.id);
    executor.end(backup.id, testBackupResult('orders'));
    await reaches(backup.id, 'succeeded');
    const restore = await request('user:default/owner', {
      kind: 'restore',
      confirmation: 'orders',
    });
    expect((await fail(restore.id)).failure).toMatchObject({
      cause: 'The disk is full.',
      runbookUrl:
        '/docs/default/component/database-ops/runbooks/OperationFailed/',
    });
    const by = { requestedBy: 'user:default/owner', idempotencyKey: 'again-2' };
    await expect(portal.service.retry(restore.id, {}, by)).rejects.toThrow(
      "Type the name of the database, 'orders'",
    );
    const again = await portal.service.retry(
      restore.id,
      { confirmation: 'orders' },
      by,
    );
    expect(again.retryOf).toBe(restore.id);
  });

  it('gives the same discard for the same key after it was done', async () => {
    await knex.transaction(trx =>
      portal.instances.add(trx, {
        id: 'instance',
        databaseId: 'orders',
        operationId: 'instance',
        state: 'running',
        host: executor.host,
        directory: '/restored',
        expiresAt: '2027-11-01T00:00:00Z',
      }),
    );
    const ask = () =>
      portal.service.request(
        {
          databaseId: 'orders',
          kind: 'discard',
          parameters: { restoredInstanceId: 'instance' },
        },
        { requestedBy: 'user:default/owner', idempotencyKey: 'discard-1' },
      );
    const { id } = await ask();
    await started(id);
    executor.end(id, { type: 'result', data: { discarded: true } });
    await reaches(id, 'succeeded');
    expect((await ask()).id).toBe(id);
  });

  it('tells people of a silent worker before it ends it', async () => {
    const { id } = await request('user:default/owner');
    await started(id);
    await eventually(
      () => knex('operations').where({ id }).first(),
      row => row.executor_reference !== null,
    );
    clock.advance(1801);
    await portal.dispatcher.cancelled(id);
    const told = await eventually(
      async () => portal.notifications.send.mock.calls as unknown[][],
      calls => calls.length === 1,
    );
    expect(told[0][0]).toMatchObject({
      payload: {
        title: 'backup of Orders seems to be stuck',
        scope: 'database-ops:orders:backup',
        link: `/database-ops/operations/${id}`,
      },
    });
    expect((await portal.store.get(id))?.state).toBe('running');
    await portal.dispatcher.cancelled(id);
    expect(portal.notifications.send).toHaveBeenCalledTimes(1);
    clock.advance(5400);
    await portal.dispatcher.cancelled(id);
    expect((await reaches(id, 'failed')).failure).toMatchObject({
      code: 'stuck',
      runbookUrl: expect.stringContaining('OperationStuck'),
    });
    expect(executor.stopped).toEqual([id]);
  });
});
