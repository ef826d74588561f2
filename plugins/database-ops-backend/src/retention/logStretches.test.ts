import { logStretchesOf } from './logStretches';

describe('logStretchesOf', () => {
  it('takes what leads on from a backup, with the log during that backup, and nothing over a gap', () => {
    const backup = {
      id: 'full',
      type: 'full',
      startedAt: '2026-11-20T02:00:00Z',
      stoppedAt: '2026-11-20T02:10:00Z',
      chain: ['full'],
      state: 'present' as const,
    };
    const at = (time: string) => ({ time });
    expect(
      logStretchesOf(
        {
          intervals: [
            {
              kind: 'claimed',
              from: at('2026-11-20T02:10:00Z'),
              to: at('2026-11-20T02:10:00Z'),
              backupId: 'full',
            },
            {
              kind: 'claimed',
              from: at('2026-11-20T02:10:00Z'),
              to: at('2026-11-21T00:00:00Z'),
              backupId: 'full',
            },
            {
              kind: 'gap',
              from: at('2026-11-21T00:00:00Z'),
              to: at('2026-11-22T00:00:00Z'),
            },
            {
              kind: 'proved',
              from: at('2026-11-22T00:00:00Z'),
              to: at('2026-11-23T00:00:00Z'),
            },
          ],
        },
        [backup],
      ),
    ).toEqual([
      { from: '2026-11-20T02:00:00.000Z', to: '2026-11-21T00:00:00.000Z' },
      { from: '2026-11-22T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' },
    ]);
  });
});
