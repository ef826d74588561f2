import { estimate } from './statistics';

describe('estimate', () => {
  it('takes the smallest and largest of seven values: fewer would not hold the median with 95 %', () => {
    expect(estimate([3, 1, 2, 7, 5, 4, 6])).toEqual({
      median: 4,
      low: 1,
      high: 7,
      count: 7,
    });
  });

  it('leaves out one at either end of nine, two of twelve', () => {
    const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
    expect(estimate(upTo(9))).toMatchObject({ low: 2, high: 8 });
    expect(estimate(upTo(12))).toMatchObject({ median: 6.5, low: 3, high: 10 });
  });
});
