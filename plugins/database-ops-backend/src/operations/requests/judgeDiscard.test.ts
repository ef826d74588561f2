import { RestoredInstance } from 'backstage-plugin-database-ops-common';
import { RestoredInstanceStore } from '../../restored-instances/RestoredInstanceStore';
import { createDiscardJudge } from './judgeDiscard';
import { createPromoteJudge } from './judgeInstance';
import { KnownRequest } from './types';

const judges = { promote: createPromoteJudge, discard: createDiscardJudge };

function judge(
  kind: keyof typeof judges,
  mode: RestoredInstance['mode'],
  confirmation?: string,
) {
  const instance = {
    id: 'op-1',
    databaseId: 'orders',
    mode,
    state: 'running',
    host: 'db1',
  };
  const instances = {
    get: async (id: string) => (id === instance.id ? instance : undefined),
  } as unknown as RestoredInstanceStore;
  return judges[kind](instances)({
    database: { id: 'orders' },
    parameters: { restoredInstanceId: instance.id },
    confirmation,
  } as unknown as KnownRequest);
}

describe.each(['promote', 'discard'] as const)(
  'a request to %s a restored instance',
  kind => {
    it.each([undefined, '', 'Orders', 'op-1'])(
      'that took the place of its source is refused with %p typed for its name',
      async typed => {
        await expect(judge(kind, 'in-place', typed)).rejects.toThrow(
          "Restored instance 'op-1' took the place of its source: type the name of the database, 'orders', as confirmation",
        );
      },
    );

    it('that took the place of its source passes with the name of the database', async () => {
      expect(await judge(kind, 'in-place', 'orders')).toMatchObject({
        parameters: { restoredInstanceId: 'op-1', mode: 'in-place' },
        placementHost: 'db1',
      });
    });

    it('in a place of its own needs no name', async () => {
      expect(await judge(kind, undefined)).toMatchObject({
        parameters: { restoredInstanceId: 'op-1' },
      });
    });
  },
);
