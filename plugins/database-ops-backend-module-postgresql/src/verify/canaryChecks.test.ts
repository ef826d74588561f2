import { latestCanaryCheck, momentCanaryCheck } from './canaryChecks';

const at = (second: number) => new Date(1_800_000_000_000 + second * 1_000);

const every10 = (count: number) => ({
  rows: Array.from({ length: count }, (_, index) => ({
    seq: index + 1,
    writtenAt: at(index * 10),
  })),
});

const without = (seq: number, { rows }: ReturnType<typeof every10>) => ({
  rows: rows.filter(row => row.seq !== seq),
});

describe('canaries of the latest state', () => {
  it('measure the RPO from the newest one', () => {
    expect(latestCanaryCheck(every10(5), at(52))).toMatchObject({
      status: 'passed',
      value: 12,
    });
  });

  it('disprove when one is missing in between', () => {
    expect(latestCanaryCheck(without(3, every10(5)), at(52))).toMatchObject({
      status: 'failed',
      sentence: expect.stringContaining('Canary 3'),
    });
  });

  it('prove nothing where there are none', () => {
    expect(
      latestCanaryCheck({ rows: [], absence: 'it has no table' }, at(0)),
    ).toMatchObject({ status: 'skipped' });
  });
});

describe('canaries of a moment', () => {
  it.each([
    ['all up to it and none after', every10(5), 45, 'passed'],
    ['one that committed about then', every10(5), 39.5, 'passed'],
    ['one after it', every10(5), 35, 'failed'],
    ['the last ones missing, or never written', every10(5), 75, 'skipped'],
    ['one missing in between', without(2, every10(5)), 45, 'failed'],
    ['none', { rows: [], absence: 'it has none' }, 45, 'skipped'],
  ])('%s: %s', (_name, canaries, second, status) => {
    expect(momentCanaryCheck(canaries, at(second as number), 10).status).toBe(
      status,
    );
  });
});
