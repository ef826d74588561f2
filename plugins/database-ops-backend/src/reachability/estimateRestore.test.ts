import { estimateRestore } from './estimateRestore';

function measured(
  fetchBytes: number,
  fetchSeconds: number,
  replayBytes = 0,
  replaySeconds = 0,
) {
  return { measured: { fetchBytes, fetchSeconds, replayBytes, replaySeconds } };
}

describe('the estimate of a restore', () => {
  it('is absent while nothing was measured', () => {
    const wanted = { fetchBytes: 1, replayBytes: 1 };
    expect(estimateRestore([], wanted)).toBeUndefined();
    expect(estimateRestore([{ kind: 'latest' }], wanted)).toBeUndefined();
  });

  it('follows the measured rates of fetching and of replay', () => {
    expect(
      estimateRestore(
        [measured(1000, 10, 500, 1), measured(3000, 30, 1500, 3), {}],
        { fetchBytes: 2000, replayBytes: 1000 },
      ),
    ).toEqual({
      estimatedSeconds: 22,
      estimateErrorSeconds: 0,
      estimateSamples: 2,
    });
  });

  it('says how far the measured ones differ', () => {
    const found = estimateRestore([measured(1000, 10), measured(1000, 30)], {
      fetchBytes: 1000,
      replayBytes: 0,
    });
    expect(found).toMatchObject({
      estimatedSeconds: 20,
      estimateErrorSeconds: 10,
    });
    expect(
      estimateRestore([measured(1000, 10)], {
        fetchBytes: 1000,
        replayBytes: 0,
      })?.estimateErrorSeconds,
    ).toBe(5);
  });
});
