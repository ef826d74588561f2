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

  it('prove nothing where the last ones that were due are missing, and say how long ago the newest was', () => {
    // Three intervals of 10 s without a row.
    const check = momentCanaryCheck(every10(5), at(69), 10);
    expect(check).toMatchObject({
      status: 'skipped',
      value: 29,
      sentence: expect.stringMatching(
        /newest of 5 canaries was written 29 s before the moment .* due every 10 s/,
      ),
    });
    expect(check.sentence).toContain('lost or never written');
  });

  it('say what was looked for, not that all are there', () => {
    const { sentence } = momentCanaryCheck(every10(5), at(45), 10);
    expect(sentence).toBe(
      `Canaries 1 to 5 are there up to ${at(45).toISOString()}, no number missing between them and none after the moment; the newest was written 5 s before it, and one is due every 10 s.`,
    );
  });

  it('tell a rhythm slower than configured from missing ones: health checks write them', () => {
    const slow = {
      rows: every10(5).rows.map(({ seq }) => ({
        seq,
        writtenAt: at(seq * 30),
      })),
    };
    expect(momentCanaryCheck(slow, at(200), 10).status).toBe('passed');
    expect(momentCanaryCheck(slow, at(215), 10).status).toBe('skipped');
  });

  it('tell nothing about the end where nobody knows how often one is due', () => {
    expect(
      momentCanaryCheck({ rows: every10(1).rows }, at(5), undefined).status,
    ).toBe('skipped');
  });
});
