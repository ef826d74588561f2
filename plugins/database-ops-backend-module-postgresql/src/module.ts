import { createBackendModule } from '@backstage/backend-plugin-api';
import {
  databaseOpsEnginesExtensionPoint,
  eraseEngineConfig,
} from 'backstage-plugin-database-ops-node';
import { engine } from './engine';

/**
 * Teaches Database Operations PostgreSQL.
 *
 * @public
 */
export const databaseOpsModulePostgresql = createBackendModule({
  pluginId: 'database-ops',
  moduleId: 'postgresql',
  register(registration) {
    registration.registerInit({
      deps: { engines: databaseOpsEnginesExtensionPoint },
      async init({ engines }) {
        engines.addEngine({
          engine: eraseEngineConfig(engine),
          engineModule:
            'backstage-plugin-database-ops-backend-module-postgresql/engine',
        });
      },
    });
  },
});
