import { mockServices, TestDatabases } from '@backstage/backend-test-utils';
import { Pin } from 'backstage-plugin-database-ops-common';
import {
  readPins,
  repositoryKeys,
  writePins,
} from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { MemoryObjectStore } from '../../__testUtils__/MemoryObjectStore';
import { migrate } from '../../__testUtils__/testStack';
import { PinEnds } from './PinEnds';
import { PinKeeper } from './PinKeeper';
import { PinStore } from './PinStore';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

const PIN: Pin = {
  id: 'pin-1',
  databaseId: 'orders',
  backupId: 'backup-1',
  reason: 'The auditors want it.',
  legalHold: false,
  until: '2027-01-31T00:00:00.000Z',
  createdBy: 'user:default/owner',
  createdAt: '2026-11-23T10:00:00.000Z',
};
const HOLD: Pin = {
  id: 'pin-2',
  databaseId: 'orders',
  backupId: 'backup-2',
  reason: 'Case 7',
  legalHold: true,
  createdBy: 'user:default/owner',
  createdAt: '2026-11-23T11:00:00.000Z',
};

describe.each(databases.eachSupportedId())('pins on %s', databaseId => {
  async function create() {
    const knex = await databases.init(databaseId);
    await migrate(knex);
    const clock = () => new Date('2026-11-24T00:00:00Z');
    const pins = new PinStore({ knex, clock });
    const keeper = new PinKeeper({
      knex,
      pins,
      ends: new PinEnds({ knex }),
      logger: mockServices.logger.mock(),
    });
    return { knex, pins, keeper };
  }

  async function put(
    { knex, pins }: { readonly knex: Knex; readonly pins: PinStore },
    ...wanted: readonly Pin[]
  ) {
    for (const pin of wanted) {
      await knex.transaction(trx => pins.put(trx, pin));
    }
  }

  it('are written to the repository, and read back when the table was lost', async () => {
    const stack = await create();
    const store = new MemoryObjectStore();
    await put(stack, PIN, HOLD);
    await stack.keeper.reconcile(store, 'orders');
    expect(await readPins(store, 'orders')).toEqual([HOLD, PIN]);

    await stack.knex('pins').delete();
    await stack.keeper.reconcile(store, 'orders');
    expect(await stack.pins.list('orders')).toEqual([HOLD, PIN]);
    expect(await stack.pins.list('parcels')).toEqual([]);
  });

  it('that ended on one side end on the other, and stay so', async () => {
    const stack = await create();
    const store = new MemoryObjectStore();
    await put(stack, PIN);
    await stack.keeper.reconcile(store, 'orders');
    const ended: Pin = {
      ...PIN,
      endedBy: 'user:default/boss',
      endedAt: '2026-11-23T12:00:00.000Z',
    };
    await put(stack, ended, PIN);
    await stack.keeper.reconcile(store, 'orders');
    expect(await stack.pins.list('orders')).toEqual([ended]);
    expect(await readPins(store, 'orders')).toEqual([ended]);
    expect(await stack.pins.listActive('orders')).toEqual([]);
  });

  it('stand although the repository says that they ended, when nobody ended them here: also after the loss of the table', async () => {
    const stack = await create();
    const store = new MemoryObjectStore();
    await put(stack, HOLD);
    const forged = [
      {
        ...HOLD,
        endedBy: 'user:default/boss',
        endedAt: '2026-11-23T12:00:00.000Z',
      },
    ];
    await writePins(store, 'orders', forged);
    await stack.keeper.reconcile(store, 'orders');
    expect(await stack.pins.listActive('orders')).toEqual([HOLD]);
    expect(await readPins(store, 'orders')).toEqual([HOLD]);

    await stack.knex('pins').delete();
    await writePins(store, 'orders', forged);
    await stack.keeper.reconcile(store, 'orders');
    expect(await stack.pins.listActive('orders')).toEqual([HOLD]);
  });

  it('are left alone in the table when the repository holds something else in their place', async () => {
    const stack = await create();
    const store = new MemoryObjectStore();
    await put(stack, PIN);
    await store.put(repositoryKeys.pins('orders'), 'not pins');
    await expect(stack.keeper.reconcile(store, 'orders')).rejects.toThrow(
      'databases/orders/pins.json',
    );
    expect(await stack.pins.listActive('orders')).toEqual([PIN]);
  });
});
