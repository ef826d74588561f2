import { TestDatabases } from '@backstage/backend-test-utils';
import { OperationKind } from 'backstage-plugin-database-ops-common';
import { testEngine } from '../__testUtils__/testEngine';
import { createTestStack, migrate } from '../__testUtils__/testStack';
import { OperationRow } from './rows';
import { buildWorkerSpec } from './workerSpec';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

const engine = {
  ...testEngine,
  describe: {
    ...testEngine.describe,
    kind: 'several',
    capabilities: (config: object) => ({
      ...testEngine.describe.capabilities(config),
      severalRepositories: true,
    }),
  },
};

const repository = (bucket: string) => ({
  endpoint: 'https://127.0.0.1:1',
  bucket,
  accessKeyId: 'key',
  secretAccessKey: 'secret',
});

const CONFIG = {
  repositories: { main: repository('main'), far: repository('far') },
  databases: {
    orders: {
      engine: 'several',
      repository: 'main',
      additionalRepositories: ['far'],
      several: { host: '127.0.0.1' },
    },
  },
};

describe.each(databases.eachSupportedId())(
  'a repository that is not configured any more on %s',
  databaseId => {
    async function create() {
      const knex = await databases.init(databaseId);
      await migrate(knex);
      const stack = await createTestStack({
        knex,
        config: CONFIG,
        engine: { engine, engineModule: 'several-engine' },
      });
      await knex.transaction(trx =>
        stack.instances.add(trx, {
          id: 'op-1',
          databaseId: 'orders',
          repositoryId: 'gone',
          operationId: 'op-1',
          state: 'paused',
          host: 'here',
          directory: '/restored/op-1',
          expiresAt: '2026-11-24T10:00:00Z',
        }),
      );
      const validated = (kind: OperationKind, repositoryId?: string) =>
        stack.validator.validate({
          databaseId: 'orders',
          kind,
          parameters: {
            restoredInstanceId: 'op-1',
            ...(repositoryId && { repositoryId }),
          },
        });
      const specOf = async (kind: OperationKind, stored: string | null) => {
        const { id } = await stack.service.request(
          { databaseId: 'orders', kind: 'backup' },
          { requestedBy: 'user:default/owner', idempotencyKey: 'one' },
        );
        const row = await knex<OperationRow>('operations')
          .where({ id })
          .first();
        return buildWorkerSpec({
          row: { ...row!, kind, parameters: '{}', repository_id: stored },
          databases: stack.databases,
          executor: stack.settings.executor,
          host: 'here',
        }).spec;
      };
      return { validated, specOf };
    }

    it.each(['discard', 'promote'] as const)(
      'keeps nobody from a %s of what was restored from it, nor from its retry',
      async kind => {
        const { validated, specOf } = await create();
        for (const named of [undefined, 'gone']) {
          const { parameters } = await validated(kind, named);
          expect(parameters).toEqual({
            restoredInstanceId: 'op-1',
            repositoryId: 'main',
          });
        }
        expect((await specOf(kind, 'gone')).repository.id).toBe('main');
      },
    );

    it('is replaced by no other for what was requested of it', async () => {
      const { specOf } = await create();
      await expect(specOf('backup', 'gone')).rejects.toThrow(
        "Database 'orders' has no repository 'gone'; it has 'main', 'far'.",
      );
    });

    it('is no reason to work on the new first one for what was requested of the old', async () => {
      const { specOf } = await create();
      expect((await specOf('backup', 'far')).repository.id).toBe('far');
      expect((await specOf('backup', null)).repository.id).toBe('main');
    });
  },
);
