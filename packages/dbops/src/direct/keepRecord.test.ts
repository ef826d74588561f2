import { DirectRecord } from 'backstage-plugin-database-ops-node';
import { keepRecord } from './keepRecord';

const BEGUN: DirectRecord = {
  version: 1,
  operationId: 'operation-1',
  databaseId: 'orders',
  kind: 'restore',
  parameters: {},
  actor: 'direct:root@db-1',
  reason: 'The portal is down.',
  startedAt: '2026-11-23T03:00:00.000Z',
  state: 'running',
};

describe('the record of what is done without the portal', () => {
  it('says how it ended', async () => {
    const note = jest.fn(async (_record: DirectRecord) => {});
    const ended = await keepRecord({
      begun: BEGUN,
      note,
      carryOut: async () => ({ state: 'succeeded' }),
    });
    expect(ended).toEqual({ state: 'succeeded' });
    expect(note.mock.calls).toEqual([
      [{ ...BEGUN, state: 'succeeded', endedAt: expect.any(String) }],
    ]);
  });

  it('says failed, and why, when it could not be carried out', async () => {
    const note = jest.fn(async (_record: DirectRecord) => {});
    const thrown = new Error('There is no room for a worker.');
    await expect(
      keepRecord({
        begun: BEGUN,
        note,
        carryOut: async () => {
          throw thrown;
        },
      }),
    ).rejects.toBe(thrown);
    expect(note.mock.calls).toEqual([
      [
        {
          ...BEGUN,
          state: 'failed',
          endedAt: expect.any(String),
          failure: {
            cause: 'There is no room for a worker.',
            nextStep: expect.stringContaining('operation-1'),
          },
        },
      ],
    ]);
  });
});
