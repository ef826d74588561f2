import { Backup } from 'backstage-plugin-database-ops-common';
import { OperationFailedError } from '../failure/OperationFailedError';
import { Inventory } from '../inventory/types';
import { assertPlanDone, assertPlanHolds } from './assertPlanHolds';
import { StoredPin } from './PinFile';

const NOW = new Date('2026-11-24T00:00:00Z');

function backup(id: string, base: readonly string[] = []): Backup {
  return {
    id,
    databaseId: 'orders',
    type: base.length > 0 ? 'incr' : 'full',
    startedAt: '2026-11-23T02:00:00.000Z',
    stoppedAt: '2026-11-23T02:05:00.000Z',
    chain: [...base, id],
    state: 'present',
  };
}

function inventory(...backups: readonly Backup[]): Inventory {
  return {
    version: 1,
    databaseId: 'orders',
    engine: 'postgresql',
    observedAt: NOW.toISOString(),
    backups,
    logs: [],
  };
}

const PIN: StoredPin = {
  id: 'pin',
  databaseId: 'orders',
  backupId: 'a1',
  reason: 'the auditors want it',
  legalHold: false,
  createdBy: 'user:default/owner',
  createdAt: '2026-11-23T10:00:00.000Z',
};

const A = [backup('a'), backup('a1', ['a'])];
const B = [backup('b'), backup('b1', ['b'])];
const REQUEST = { remove: ['a', 'a1'], keep: ['b', 'b1'], planHash: 'h' };

function failureOf(check: () => void) {
  try {
    check();
  } catch (error) {
    expect(error).toBeInstanceOf(OperationFailedError);
    return (error as OperationFailedError).failure;
  }
  return undefined;
}

const holds = (found: Inventory, pins: readonly StoredPin[] = []) =>
  failureOf(() => assertPlanHolds(REQUEST, found, pins, NOW));

describe('a plan, held against what the repository holds now', () => {
  it('holds when everything is as it was, with new backups of a chain that stays, and with some gone already', () => {
    expect(holds(inventory(...A, ...B))).toBeUndefined();
    expect(
      holds(inventory(...A, ...B, backup('b2', ['b', 'b1']))),
    ).toBeUndefined();
    expect(holds(inventory(...B))).toBeUndefined();
  });

  it('does not hold when a new backup needs what was to go', () => {
    expect(
      holds(inventory(...A, ...B, backup('a2', ['a', 'a1']))),
    ).toMatchObject({
      code: 'plan-outdated',
      object: 'backup a',
      cause: 'Backup a2 needs backup a, which was to go; nothing was removed.',
    });
  });

  it('does not hold when somebody pinned meanwhile, unless that pin has ended', () => {
    const found = inventory(...A, ...B);
    expect(holds(found, [PIN])).toMatchObject({ object: 'backup a1' });
    expect(
      holds(found, [{ ...PIN, until: '2026-11-23T23:00:00Z' }]),
    ).toBeUndefined();
    expect(
      holds(found, [{ ...PIN, endedAt: '2026-11-23T11:00:00Z' }]),
    ).toBeUndefined();
    expect(holds(found, [{ ...PIN, backupId: 'b1' }])).toBeUndefined();
  });

  it('does not hold when a backup that stays is gone, or nothing whole would be left', () => {
    expect(holds(inventory(...A, B[0]))).toMatchObject({ object: 'backup b1' });
    const damaged = inventory(...A, { ...B[0], state: 'damaged' }, B[1]);
    expect(holds(damaged)).toMatchObject({ object: 'database orders' });
  });
});

describe('a plan, held against what the repository holds afterwards', () => {
  const before = inventory(...A, ...B);
  const done = (after: Inventory) =>
    failureOf(() => assertPlanDone(REQUEST, before, after));

  it('is done when exactly the planned ones are gone', () => {
    expect(done(inventory(...B))).toBeUndefined();
    expect(
      done(inventory({ ...A[0], state: 'missing' }, ...B)),
    ).toBeUndefined();
  });

  it('is not done when one is still there, or one that should be there is not', () => {
    expect(done(inventory(A[0], ...B))).toMatchObject({
      code: 'backup-not-expired',
      object: 'backup a',
    });
    expect(done(inventory(B[0]))).toMatchObject({
      code: 'kept-backup-lost',
      object: 'backup b1',
    });
  });
});
