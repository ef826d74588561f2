import { createBackendModule } from '@backstage/backend-plugin-api';
import {
  TestBackend,
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import { JsonObject } from '@backstage/types';
import {
  databaseOpsEnginesExtensionPoint,
  databaseOpsExecutorsExtensionPoint,
} from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import databaseOpsPlugin from '../index';
import { MemoryExecutor } from './MemoryExecutor';
import { testConfig } from './testConfig';
import { testEngine } from './testEngine';

/** A portal on a free port with the plugin, the test engine and an executor in memory. */
export interface TestPortal {
  readonly backend: TestBackend;
  readonly executor: MemoryExecutor;
  readonly address: string;
}

const VIEWER = 'user:default/viewer';

/** A policy by which everyone may do everything, except the viewer, who may read. */
function policy() {
  return mockServices.permissions.mock({
    authorizeConditional: async (requests, options) =>
      requests.map(({ permission }) => {
        const principal = options?.credentials.principal as
          { userEntityRef?: string } | undefined;
        const denied =
          principal?.userEntityRef === VIEWER &&
          permission.attributes.action !== 'read';
        return {
          result: denied ? AuthorizeResult.DENY : AuthorizeResult.ALLOW,
        };
      }),
  });
}

export const viewer = () => mockCredentials.user.header(VIEWER);
export const owner = () => mockCredentials.user.header('user:default/owner');

export async function startTestPortal(
  options: {
    readonly config?: JsonObject;
    readonly knex?: Knex;
    readonly executor?: MemoryExecutor;
  } = {},
): Promise<TestPortal> {
  const { executor = new MemoryExecutor(), knex } = options;
  const backend = await startTestBackend({
    features: [
      databaseOpsPlugin,
      createBackendModule({
        pluginId: 'database-ops',
        moduleId: 'test',
        register: env =>
          env.registerInit({
            deps: {
              engines: databaseOpsEnginesExtensionPoint,
              executors: databaseOpsExecutorsExtensionPoint,
            },
            init: async ({ engines, executors }) => {
              engines.addEngine({
                engine: testEngine,
                engineModule: 'test-engine',
              });
              executors.addExecutor(executor);
            },
          }),
      }),
      mockServices.rootConfig.factory({
        data: { ...testConfig(options.config) },
      }),
      mockServices.auth.factory(),
      mockServices.httpAuth.factory({
        defaultCredentials: mockCredentials.none(),
      }),
      policy().factory,
      catalogServiceMock.factory({ entities: [] }),
      ...(knex
        ? [mockServices.database.mock({ getClient: async () => knex }).factory]
        : []),
    ],
  });
  const address = backend.server.address();
  if (typeof address !== 'object' || address === null) {
    throw new Error('The test portal listens on no port.');
  }
  return { backend, executor, address: `http://127.0.0.1:${address.port}` };
}
