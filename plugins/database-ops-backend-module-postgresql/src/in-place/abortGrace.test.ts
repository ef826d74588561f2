import { abortGraceSeconds } from './abortGrace';

describe('the grace of a cancelled operation of PostgreSQL', () => {
  it.each(['restore', 'discard'] as const)(
    'lets a %s in place start the source again',
    kind => {
      const inPlace = { directory: '/in-place' };
      const parameters = { mode: 'in-place' };
      expect(abortGraceSeconds({ inPlace }, { kind, parameters })).toBe(420);
      expect(
        abortGraceSeconds(
          { inPlace: { ...inPlace, timeoutSeconds: 900 } },
          { kind, parameters },
        ),
      ).toBe(1020);
      expect(abortGraceSeconds({ inPlace }, { kind, parameters: {} })).toBe(0);
    },
  );

  it('asks for no more where nothing was taken away', () => {
    expect(abortGraceSeconds({}, { kind: 'backup', parameters: {} })).toBe(0);
  });
});
