import { annotationsOf } from './annotations';
import { noteOn, readBackupType } from './backupTypes';

describe('backup types', () => {
  it('are full when nothing is said, and refuse what pgBackRest lacks', () => {
    expect(readBackupType('orders', undefined)).toBe('full');
    expect(readBackupType('orders', 'incr')).toBe('incr');
    expect(() => readBackupType('orders', 'snapshot')).toThrow(
      "no backup type 'snapshot'; choose full, diff, incr",
    );
  });

  it('say why a backup is not of the type that was asked for', () => {
    const facts = { made: 'full', labelTaken: false } as const;
    expect(noteOn({ ...facts, wanted: 'full' })).toBeUndefined();
    expect(noteOn({ ...facts, wanted: 'incr' })).toContain(
      'no backup that it could build on',
    );
    expect(noteOn({ ...facts, wanted: 'diff', labelTaken: true })).toContain(
      'aborted backup had left a newer label',
    );
  });
});

describe('annotations', () => {
  it('name operation, requester, and schedule and policy when there are any', () => {
    const operationId = 'operation-1';
    expect(
      annotationsOf({ operationId, requestedBy: 'user:default/owner' }),
    ).toEqual(['operation=operation-1', 'requested-by=user:default/owner']);
    expect(
      annotationsOf({
        operationId,
        requestedBy: 'schedule:orders/nightly/full',
        policyName: 'gold',
      }),
    ).toEqual([
      'operation=operation-1',
      'requested-by=schedule:orders/nightly/full',
      'schedule=nightly/full',
      'policy=gold',
    ]);
  });
});
