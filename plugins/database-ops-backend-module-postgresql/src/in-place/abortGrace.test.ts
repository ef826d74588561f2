import { abortGraceSecondsOf } from 'backstage-plugin-database-ops-node';
import { abortGraceSeconds } from './abortGrace';
import { inPlaceSchema } from './config';

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

  it('fits in what any operation gets, however long a start may take', () => {
    const inPlace = { directory: '/in-place', timeoutSeconds: 6_900 };
    const operation = {
      kind: 'restore',
      parameters: { mode: 'in-place' },
    } as const;
    expect(
      abortGraceSecondsOf({ abortGraceSeconds }, { inPlace }, operation),
    ).toBe(abortGraceSeconds({ inPlace }, operation));
    expect(inPlaceSchema.safeParse(inPlace).success).toBe(true);
    expect(
      inPlaceSchema.safeParse({ ...inPlace, timeoutSeconds: 6_901 }).success,
    ).toBe(false);
  });

  it('asks for no more where nothing was taken away', () => {
    expect(abortGraceSeconds({}, { kind: 'backup', parameters: {} })).toBe(0);
  });
});
