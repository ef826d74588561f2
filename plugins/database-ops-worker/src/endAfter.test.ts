import { OperationFailedError } from 'backstage-plugin-database-ops-node';
import { EndFacts, endAfter } from './endAfter';

const IN_PLACE: EndFacts = {
  kind: 'restore',
  parameters: { mode: 'in-place' },
  databaseId: 'orders',
  timeoutSeconds: 60,
  isCancelled: false,
  isOverdue: false,
};

const failed = (code: string) =>
  new OperationFailedError({
    cause: `It is ${code}.`,
    nextStep: 'Look.',
    code,
  });

const seen = (thrown: unknown, facts: Partial<EndFacts>) => {
  const { state, failure } = endAfter(thrown, { ...IN_PLACE, ...facts });
  return `${state} ${failure.code}`;
};

describe('the end of an operation that threw', () => {
  it.each(['source-not-back', 'source-kept-aside'])(
    'says that a source is not back (%s), also when it was cancelled or took too long',
    code => {
      for (const facts of [
        {},
        { isCancelled: true },
        { isOverdue: true },
        { isCancelled: true, isOverdue: true },
      ]) {
        expect(seen(failed(code), facts)).toBe(`failed ${code}`);
      }
    },
  );

  it('is a cancel where the source is back, and says so', () => {
    expect(seen(failed('in-place-undone'), { isCancelled: true })).toBe(
      'cancelled in-place-undone',
    );
    expect(seen(failed('in-place-undone'), { isOverdue: true })).toBe(
      'failed in-place-undone',
    );
  });

  it('is by what stopped it, where nothing is said of a source', () => {
    const aborted = new Error('aborted');
    expect(seen(aborted, { isCancelled: true })).toBe('cancelled cancelled');
    expect(seen(aborted, { isOverdue: true })).toBe('failed time-out');
    expect(
      seen(failed('source-not-back'), { parameters: {}, isCancelled: true }),
    ).toBe('cancelled cancelled');
    expect(
      seen(failed('source-not-back'), {
        isCancelled: true,
        lostLease: { reason: new Error('It was taken over.') },
      }),
    ).toBe('failed lease-lost');
    expect(seen(failed('no-backup'), { kind: 'verify' })).toBe(
      'failed no-backup',
    );
  });
});
