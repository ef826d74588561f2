import { certificateSignal } from './certificateSignal';
import { Limits } from './Limits';

const now = new Date('2026-11-23T00:00:00Z');
const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000);

describe('certificateSignal', () => {
  it.each([
    [22, 'ok'],
    [20.5, 'warning'],
    [2.5, 'critical'],
    [-1, 'critical'],
  ])('judges a certificate with %d days left as %s', (days, status) => {
    expect(
      certificateSignal(
        [{ name: 'pg-1', end: inDays(days) }],
        now,
        new Limits(),
      ).status,
    ).toBe(status);
  });

  it('names the member whose certificate ends first, and ignores those never reached', () => {
    expect(
      certificateSignal(
        [
          { name: 'pg-1', end: inDays(300) },
          { name: 'pg-2', end: inDays(10) },
          { name: 'pg-3' },
        ],
        now,
        new Limits(),
      ),
    ).toMatchObject({ member: 'pg-2', value: 10, status: 'warning' });
  });

  it('is unknown when no certificate was seen', () => {
    expect(
      certificateSignal([{ name: 'pg-1' }], now, new Limits()).status,
    ).toBe('unknown');
  });
});
