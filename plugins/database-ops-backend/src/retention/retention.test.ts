import { mockCredentials, TestDatabases } from '@backstage/backend-test-utils';
import { readPins } from 'backstage-plugin-database-ops-node';
import { REACHABLE_DAY } from '../__testUtils__/testEngine';
import {
  createStage,
  full,
  FULLS,
  owner,
} from './__testUtils__/retentionStage';

jest.setTimeout(120_000);

const databases = TestDatabases.create();

describe.each(databases.eachSupportedId())('retention on %s', databaseId => {
  const create = () => createStage(databases, databaseId);

  it('is previewed with the promise, every reason and the bytes, and expire does exactly that', async () => {
    const { preview, ask } = await create();
    const shown = await preview();
    expect(shown).toMatchObject({
      state: 'known',
      policyName: 'keeping',
      promise: expect.stringContaining('Any second of the last 7 days'),
      removes: 15,
      freedBytes: 15_000_000,
      sentence: '15 backups would go now and free 15.0 MB; 7 backups stay.',
      logsKeptFrom: { time: '2026-11-16T02:00:00.000Z' },
    });
    expect(shown.entries).toHaveLength(22);
    expect(shown.entries.every(({ reasons }) => reasons[0])).toBe(true);

    const { parameters } = await ask({ planHash: shown.planHash });
    expect(parameters).toMatchObject({
      planHash: shown.planHash,
      remove: FULLS.slice(0, 15).map(({ id }) => id),
      keep: FULLS.slice(15).map(({ id }) => id),
      logsFrom: { backupId: 'full-2026-11-16' },
    });
  });

  it('refuses an expire whose preview is not true any more, or without a policy that says what to keep', async () => {
    const { preview, ask, hold, clock, validator } = await create();
    const { planHash } = await preview();
    clock.advance(86_400);
    await hold([...FULLS, full(23)]);
    await expect(ask({ planHash })).rejects.toThrow('has changed');
    expect((await ask()).parameters.remove).toContain('full-2026-11-16');
    await expect(
      ask({ remove: FULLS.slice(0, 15).map(({ id }) => id) }),
    ).rejects.toThrow("'full-2026-11-16' too");
    await expect(
      validator.validate({ databaseId: 'drafts', kind: 'expire' }),
    ).rejects.toThrow('has no retention');
  });

  it('keeps everything while the last look at the repository is old', async () => {
    const { preview, ask, clock } = await create();
    clock.advance(2 * 3600);
    expect(await preview()).toMatchObject({
      state: 'unknown',
      removes: 0,
      reason: expect.stringContaining('2026-11-23T06:00:00'),
    });
    await expect(ask()).rejects.toThrow('Take an inventory');
  });

  it('holds a pinned backup, in the repository too, until the pin is taken back', async () => {
    const { pins, preview, ask, objects, auditStore } = await create();
    const pin = await pins.create(owner, 'ledger', {
      backupId: 'full-2026-11-03',
      reason: 'Year-end of the old books',
    });
    expect(await readPins(objects, 'ledger')).toEqual([pin]);
    const shown = await preview();
    expect(
      shown.entries.find(({ backupId }) => backupId === 'full-2026-11-03'),
    ).toMatchObject({
      keep: true,
      pinned: true,
      reasons: ['Pinned: Year-end of the old books'],
    });
    expect((await ask()).parameters.keep).toContain('full-2026-11-03');

    await pins.end(owner, 'ledger', pin.id);
    expect((await pins.end(owner, 'ledger', pin.id)).endedBy).toBe(
      'user:default/owner',
    );
    expect((await ask()).parameters.remove).toContain('full-2026-11-03');
    const events = await auditStore.list({ databaseId: 'ledger' });
    expect(events.items.map(({ action }) => action)).toEqual([
      'pin.end',
      'pin.create',
    ]);
  });

  it.each([true, false])(
    'ends nothing by one person where the policy wants two for an expire (legal hold: %s)',
    async legalHold => {
      const { pins, auditStore, clock } = await createStage(
        databases,
        databaseId,
        'guarded',
      );
      const boss = mockCredentials.user('user:default/boss');
      const pin = await pins.create(owner, 'ledger', {
        backupId: 'full-2026-11-03',
        reason: 'Case 7',
        legalHold,
      });
      const end = (who: typeof owner) => pins.end(who, 'ledger', pin.id);
      // Neither who may not approve, however often, nor an approver alone.
      await expect(end(boss)).rejects.toThrow('wants a second person');
      await expect(end(boss)).rejects.toThrow('wants a second person');
      clock.advance(5 * 3600);
      await expect(end(owner)).rejects.toThrow('wants a second person');
      await expect(end(owner)).rejects.toThrow('user:default/boss');
      await expect(end(owner)).rejects.toMatchObject({
        name: 'ConflictError',
        secondPersonWanted: true,
      });
      expect((await pins.list(owner, 'ledger'))[0].endedAt).toBeUndefined();
      // What somebody wanted is forgotten after the time of the rule.
      clock.advance(5 * 3600);
      await expect(end(boss)).rejects.toThrow('wants a second person');
      await expect(end(owner)).rejects.toThrow('wants a second person');
      expect(await end(boss)).toMatchObject({ endedBy: 'user:default/boss' });
      const { items } = await auditStore.list({ databaseId: 'ledger' });
      expect(items[0]).toMatchObject({
        action: 'pin.end',
        actor: 'user:default/boss',
        details: { wantedBy: expect.arrayContaining(['user:default/owner']) },
      });
      expect(items.filter(({ action }) => action === 'pin.end')).toHaveLength(
        1,
      );
    },
  );

  it('sets no pin without permission, without a backup, with an end in the past, or while the repository does not answer', async () => {
    const { pins, objects, auditStore } = await create();
    const wanted = { backupId: 'full-2026-11-03', reason: 'r' };
    const refusals = [
      pins.create(mockCredentials.user('user:default/x'), 'ledger', wanted),
      pins.create(owner, 'ledger', { ...wanted, backupId: 'none' }),
      pins.create(owner, 'ledger', { ...wanted, until: '2020-01-01' }),
      pins.create(owner, 'ledger', {
        ...wanted,
        until: '2030-01-01',
        legalHold: true,
      }),
      pins.end(owner, 'ledger', 'no-such-pin'),
    ];
    const sentences = await Promise.all(
      refusals.map(refusal =>
        refusal.then(
          () => 'accepted',
          (error: Error) => error.message,
        ),
      ),
    );
    expect(sentences).toEqual([
      expect.stringContaining('database-ops.database.retain'),
      expect.stringContaining("no backup 'none'"),
      expect.stringContaining('in the future'),
      expect.stringContaining('has no end'),
      expect.stringContaining("no pin 'no-such-pin'"),
    ]);
    const { items } = await auditStore.list({ outcome: 'denied' });
    expect(items.map(({ actor }) => actor)).toEqual(['user:default/x']);
    objects.down = true;
    await expect(pins.create(owner, 'ledger', wanted)).rejects.toThrow();
    objects.down = false;
    expect(await pins.list(owner, 'ledger')).toEqual([]);
  });

  it('lets nobody pin or restore what is being removed, and removes nothing that is being restored', async () => {
    const { pins, ask, service, preview } = await create();
    const expire = await service.request(
      { databaseId: 'ledger', kind: 'expire' },
      { requestedBy: 'schedule:ledger/retention', idempotencyKey: 'one' },
    );
    const wanted = { backupId: 'full-2026-11-03', reason: 'r' };
    await expect(pins.create(owner, 'ledger', wanted)).rejects.toThrow(
      `operation ${expire.id}`,
    );
    const restore = { kind: 'backup', backupId: 'full-2026-11-03' };
    await expect(ask(restore, 'restore')).rejects.toThrow('is removed by');
    await service.cancel(expire.id, 'user:default/owner');

    const started = await service.request(
      {
        databaseId: 'ledger',
        kind: 'restore',
        parameters: restore,
        confirmation: 'ledger',
      },
      { requestedBy: 'user:default/owner', idempotencyKey: 'two' },
    );
    const shown = await preview();
    expect(
      shown.entries.find(({ backupId }) => backupId === 'full-2026-11-03'),
    ).toMatchObject({
      keep: true,
      reasons: [expect.stringContaining(`the restore ${started.id}`)],
    });
    expect(shown.logsKeptFrom?.time).toBe('2026-11-03T02:00:00.000Z');
  });

  it('refuses a restore that names no backup while the one that it would read is being removed', async () => {
    const { ask, service, hold } = await create();
    const toTime = { kind: 'time', time: `${REACHABLE_DAY}T05:00:00Z` };
    const expire = await service.request(
      { databaseId: 'ledger', kind: 'expire' },
      { requestedBy: 'schedule:ledger/retention', idempotencyKey: 'one' },
    );
    const { remove } = expire.parameters;
    // The test engine restores from the first of its inventory.
    expect(remove).toContain('full-2026-11-01');
    for (const parameters of [toTime, { kind: 'latest' }]) {
      await expect(ask(parameters, 'restore')).rejects.toThrow(
        `Backup 'full-2026-11-01' of database 'ledger' is removed by operation ${expire.id}`,
      );
    }
    await hold([...FULLS].reverse());
    expect(remove).not.toContain('full-2026-11-22');
    expect((await ask(toTime, 'restore')).parameters).toMatchObject(toTime);

    await hold(FULLS);
    await service.cancel(expire.id, 'user:default/owner');
    expect((await ask(toTime, 'restore')).parameters).toMatchObject(toTime);
  });

  it('refuses a restore that replays log which is being removed, and lets one to the end of a backup that stays', async () => {
    const { pins, ask, service, hold } = await create();
    const kept = 'full-2026-11-03';
    await pins.create(owner, 'ledger', { backupId: kept, reason: 'r' });
    const expire = await service.request(
      { databaseId: 'ledger', kind: 'expire' },
      { requestedBy: 'schedule:ledger/retention', idempotencyKey: 'one' },
    );
    expect(expire.parameters.remove).not.toContain(kept);
    // The test engine restores from the first of its inventory.
    await hold(FULLS.slice(2));
    const toTime = { kind: 'time', time: `${REACHABLE_DAY}T05:00:00Z` };
    await expect(ask(toTime, 'restore')).rejects.toThrow(
      `The log before 2026-11-16T02:00:00.000Z of database 'ledger' is removed by operation ${expire.id}`,
    );
    const toItsEnd = { kind: 'backup', backupId: kept };
    expect((await ask(toItsEnd, 'restore')).parameters).toMatchObject(toItsEnd);
  });

  it('says what other rules would remove beside', async () => {
    const { planner } = await create();
    expect(await planner.wouldAlsoRemove('ledger', { window: 'P5D' })).toEqual([
      'full-2026-11-16',
      'full-2026-11-17',
    ]);
    expect(await planner.wouldAlsoRemove('ledger', undefined)).toEqual([]);
  });
});
