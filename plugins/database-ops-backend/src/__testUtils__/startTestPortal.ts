import {
  BackendFeature,
  BackstageCredentials,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { Entity } from '@backstage/catalog-model';
import {
  TestBackend,
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import {
  AuthorizeResult,
  Permission,
  PolicyDecision,
} from '@backstage/plugin-permission-common';
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

/** A question to the permission policy of a test. */
export interface PolicyQuestion {
  readonly permission: Permission;
  readonly userEntityRef?: string;
}

/** Everyone may do everything, except the viewer, who may read. */
function viewersRead({
  permission,
  userEntityRef,
}: PolicyQuestion): PolicyDecision {
  const denied =
    userEntityRef === VIEWER && permission.attributes.action !== 'read';
  return { result: denied ? AuthorizeResult.DENY : AuthorizeResult.ALLOW };
}

export const viewer = () => mockCredentials.user.header(VIEWER);
export const owner = () => mockCredentials.user.header('user:default/owner');

export async function startTestPortal(
  options: {
    readonly config?: JsonObject;
    readonly knex?: Knex;
    readonly executor?: MemoryExecutor;
    readonly entities?: Entity[];
    readonly decide?: (question: PolicyQuestion) => PolicyDecision;
    /** Services other than the mocks that come by themselves. */
    readonly features?: readonly BackendFeature[];
  } = {},
): Promise<TestPortal> {
  const {
    executor = new MemoryExecutor(),
    knex,
    decide = viewersRead,
  } = options;
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
      mockServices.permissions.mock({
        authorize: async (requests, asked) =>
          requests.map(({ permission }) => {
            const { principal } = asked?.credentials as BackstageCredentials<{
              readonly userEntityRef?: string;
            }>;
            const { result } = decide({
              permission,
              userEntityRef: principal.userEntityRef,
            });
            return {
              result:
                result === AuthorizeResult.ALLOW
                  ? AuthorizeResult.ALLOW
                  : AuthorizeResult.DENY,
            };
          }),
        authorizeConditional: async (requests, asked) =>
          requests.map(({ permission }) => {
            const { principal } = asked?.credentials as BackstageCredentials<{
              readonly userEntityRef?: string;
            }>;
            return decide({
              permission,
              userEntityRef: principal.userEntityRef,
            });
          }),
      }).factory,
      catalogServiceMock.factory({ entities: options.entities ?? [] }),
      ...(options.features ?? []),
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
