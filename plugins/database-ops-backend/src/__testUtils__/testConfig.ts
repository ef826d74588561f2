import { JsonObject } from '@backstage/types';

/** Configuration of a portal with databases `orders` and `parcels` of the test engine. */
export function testConfig(overrides: JsonObject = {}): {
  databaseOps: JsonObject;
} {
  return {
    databaseOps: {
      executor: { type: 'memory' },
      repositories: {
        main: {
          endpoint: 'https://127.0.0.1:1',
          bucket: 'backups',
          accessKeyId: 'key-of-the-repository',
          secretAccessKey: 'secret-of-the-repository',
        },
      },
      policies: {
        standard: { objectives: { rpo: 'PT1H' }, schedules: {} },
      },
      databases: Object.fromEntries(
        ['orders', 'parcels'].map(id => [
          id,
          {
            title: id === 'orders' ? 'Orders' : 'Parcels',
            engine: 'test',
            repository: 'main',
            policy: 'standard',
            entity: `resource:default/${id}`,
            test: { host: '127.0.0.1' },
          },
        ]),
      ),
      ...overrides,
    },
  };
}
