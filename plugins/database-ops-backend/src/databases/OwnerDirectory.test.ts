import {
  mockCredentials,
  mockServices,
  TestDatabases,
} from '@backstage/backend-test-utils';
import { Entity } from '@backstage/catalog-model';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import { createTestStack, migrate } from '../__testUtils__/testStack';
import { OwnerDirectory } from './OwnerDirectory';

jest.setTimeout(60_000);

const testDatabases = TestDatabases.create({ ids: ['SQLITE_3'] });

const resource = (name: string, owner?: string): Entity => ({
  apiVersion: 'backstage.io/v1alpha1',
  kind: 'Resource',
  metadata: { name },
  relations: owner ? [{ type: 'ownedBy', targetRef: owner }] : [],
});

describe('OwnerDirectory', () => {
  async function create() {
    const knex = await testDatabases.init('SQLITE_3');
    await migrate(knex);
    const { databases, logger } = await createTestStack({ knex });
    const ownersAfter = async (
      catalog: ReturnType<typeof catalogServiceMock>,
    ) => {
      await new OwnerDirectory({
        catalog,
        databases,
        logger,
        auth: mockServices.auth(),
      }).refresh();
      return databases.list().map(({ id, owner }) => [id, owner]);
    };
    return { ownersAfter };
  }

  it('takes a database from an owner whom the catalog no longer names', async () => {
    const { ownersAfter } = await create();
    expect(
      await ownersAfter(
        catalogServiceMock({
          entities: [
            resource('orders', 'group:default/team-a'),
            resource('parcels', 'group:default/team-b'),
          ],
        }),
      ),
    ).toEqual([
      ['orders', 'group:default/team-a'],
      ['parcels', 'group:default/team-b'],
    ]);
    // One entity lost its owner, the other is gone.
    expect(
      await ownersAfter(catalogServiceMock({ entities: [resource('orders')] })),
    ).toEqual([
      ['orders', undefined],
      ['parcels', undefined],
    ]);
  });

  it('keeps the owners while the catalog is down', async () => {
    const { ownersAfter } = await create();
    const down = catalogServiceMock.mock({
      getEntitiesByRefs: async () => {
        throw new Error('the catalog is down');
      },
    });
    expect(await ownersAfter(down)).toEqual([
      ['orders', 'group:default/team-a'],
      ['parcels', undefined],
    ]);
  });

  it('asks at each turn while a starting catalog lacks an owner, then once in ten seconds', async () => {
    const knex = await testDatabases.init('SQLITE_3');
    await migrate(knex);
    const { databases, logger } = await createTestStack({ knex });
    let entities = [resource('orders', 'group:default/team-a')];
    const asked: number[] = [];
    let seconds = 0;
    const directory = new OwnerDirectory({
      catalog: catalogServiceMock.mock({
        getEntitiesByRefs: async request => {
          asked.push(seconds);
          return catalogServiceMock({ entities }).getEntitiesByRefs(request, {
            credentials: mockCredentials.service(),
          });
        },
        getEntities: async () => ({ items: [] }),
      }),
      databases,
      logger,
      auth: mockServices.auth(),
      clock: () => new Date(seconds * 1000),
    });
    for (; seconds <= 24; seconds += 2) {
      if (seconds === 6) {
        entities = [...entities, resource('parcels', 'group:default/team-b')];
      }
      await directory.refreshWhenDue();
    }
    expect(asked).toEqual([0, 2, 4, 6, 16]);
  });
});
