import {
  coreServices,
  createBackendPlugin,
} from '@backstage/backend-plugin-api';
import { catalogServiceRef } from '@backstage/plugin-catalog-node';
import { notificationService } from '@backstage/plugin-notifications-node';
import { signalsServiceRef } from '@backstage/plugin-signals-node';
import {
  EngineRegistry,
  databaseOpsDatabasesExtensionPoint,
  databaseOpsEnginesExtensionPoint,
  databaseOpsExecutorsExtensionPoint,
} from 'backstage-plugin-database-ops-node';
import { ProviderRegistry } from './databases/ProviderRegistry';
import { ExecutorRegistry } from './operations/chooseExecutor';
import { startDatabaseOps } from './startDatabaseOps';

/**
 * Database Operations: databases, their health, backups, operations and audit
 * history under `/api/database-ops`.
 *
 * @public
 */
export const databaseOpsPlugin = createBackendPlugin({
  pluginId: 'database-ops',
  register(env) {
    const engines = new EngineRegistry();
    const executors = new ExecutorRegistry();
    const providers = new ProviderRegistry();
    env.registerExtensionPoint(databaseOpsEnginesExtensionPoint, engines);
    env.registerExtensionPoint(databaseOpsExecutorsExtensionPoint, executors);
    env.registerExtensionPoint(databaseOpsDatabasesExtensionPoint, providers);
    env.registerInit({
      deps: {
        auditor: coreServices.auditor,
        auth: coreServices.auth,
        catalog: catalogServiceRef,
        config: coreServices.rootConfig,
        database: coreServices.database,
        httpAuth: coreServices.httpAuth,
        httpRouter: coreServices.httpRouter,
        lifecycle: coreServices.lifecycle,
        logger: coreServices.logger,
        notifications: notificationService,
        permissions: coreServices.permissions,
        permissionsRegistry: coreServices.permissionsRegistry,
        scheduler: coreServices.scheduler,
        signals: signalsServiceRef,
        userInfo: coreServices.userInfo,
      },
      init: services =>
        startDatabaseOps({ ...services, engines, executors, providers }),
    });
  },
});
