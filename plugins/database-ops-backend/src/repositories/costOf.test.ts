import { costOf } from './costOf';

const sizes = new Map([
  ['STANDARD', 200e9],
  ['STANDARD_IA', 1000e9],
]);

describe('costOf', () => {
  it('adds up what each storage class costs a month', () => {
    expect(
      costOf(
        sizes,
        {
          currency: 'EUR',
          perGigabyteMonth: { STANDARD: 0.02, STANDARD_IA: 0.01 },
        },
        'main',
      ),
    ).toMatchObject({
      sizeBytes: 1200e9,
      currency: 'EUR',
      monthlyCost: 14,
      storageClasses: [
        { name: 'STANDARD', sizeBytes: 200e9, monthlyCost: 4 },
        { name: 'STANDARD_IA', sizeBytes: 1000e9, monthlyCost: 10 },
      ],
    });
  });

  it.each([
    [undefined, 'databaseOps.repositories.main.prices is not configured'],
    [
      { currency: 'EUR', perGigabyteMonth: { STANDARD: 0.02 } },
      'has no price for STANDARD_IA',
    ],
  ])('estimates nothing it has no price for', (prices, sentence) => {
    const cost = costOf(sizes, prices, 'main');
    expect(cost.monthlyCost).toBeUndefined();
    expect(cost.sizeBytes).toBe(1200e9);
    expect(cost.costSentence).toContain(sentence);
  });
});
