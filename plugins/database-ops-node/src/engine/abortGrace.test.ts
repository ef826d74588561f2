import { abortGraceSecondsOf } from './abortGrace';

const RESTORE = { kind: 'restore', parameters: { mode: 'in-place' } } as const;

describe('the grace of an aborted operation', () => {
  it('is what its engine needs, 20 s at least and two hours at most', () => {
    const graceOf = (seconds: number) =>
      abortGraceSecondsOf(
        { abortGraceSeconds: config => config.seconds },
        { seconds },
        RESTORE,
      );
    expect(graceOf(420)).toBe(420);
    expect(graceOf(5)).toBe(20);
    expect(graceOf(90_000)).toBe(7200);
    expect(abortGraceSecondsOf({}, {}, RESTORE)).toBe(20);
  });
});
