import { RecoveryInterval } from 'backstage-plugin-database-ops-common';
import * as fc from 'fast-check';
import { pickMoment } from './pickMoment';

const interval = (
  kind: RecoveryInterval['kind'],
  fromSecond: number,
  toSecond: number,
): RecoveryInterval => ({
  kind,
  from: { time: new Date(fromSecond * 1_000).toISOString() },
  to: { time: new Date(toSecond * 1_000).toISOString() },
});

describe('pickMoment', () => {
  it('picks only what can be restored, strictly inside, whatever the share', () => {
    const window = [
      interval('claimed', 100, 200),
      interval('gap', 200, 900),
      interval('proved', 900, 1_000),
    ];
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), share => {
        const second = Date.parse(pickMoment(window, share)!) / 1_000;
        const inside =
          (second > 100 && second < 200) || (second > 900 && second < 1_000);
        expect(inside).toBe(true);
      }),
    );
  });

  it('reaches every interval', () => {
    const window = [interval('claimed', 0, 10), interval('claimed', 50, 60)];
    expect(Date.parse(pickMoment(window, 0.25)!)).toBeLessThan(10_000);
    expect(Date.parse(pickMoment(window, 0.75)!)).toBeGreaterThan(50_000);
  });

  it('picks nothing where nothing lies between a backup and its last commit', () => {
    expect(pickMoment([interval('claimed', 5, 5)], 0.5)).toBeUndefined();
    expect(pickMoment([], 0.5)).toBeUndefined();
  });
});
