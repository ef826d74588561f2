import { abortGraceSecondsOf } from './abortGrace';

const RESTORE = { kind: 'restore', parameters: { mode: 'in-place' } } as const;

describe('the grace of an aborted operation', () => {
  it('is what its engine needs, and 20 s at least', () => {
    const graceOf = (seconds: number) =>
      abortGraceSecondsOf(
        { abortGraceSeconds: config => config.seconds },
        { seconds },
        RESTORE,
      );
    expect(graceOf(420)).toBe(420);
    expect(graceOf(5)).toBe(20);
    expect(abortGraceSecondsOf({}, {}, RESTORE)).toBe(20);
  });
});
