import { createBackendModule } from '@backstage/backend-plugin-api';
import {
  databaseOpsEnginesExtensionPoint,
  eraseEngineConfig,
} from 'backstage-plugin-database-ops-node';
import { engine } from './engine';

/**
 * Registers the ZooKeeper engine.
 *
 * @public
 */
export const databaseOpsModuleZooKeeper = createBackendModule({
  pluginId: 'database-ops',
  moduleId: 'zookeeper',
  register(reg) {
    reg.registerInit({
      deps: { engines: databaseOpsEnginesExtensionPoint },
      async init({ engines }) {
        engines.addEngine({
          engine: eraseEngineConfig(engine),
          engineModule:
            'backstage-plugin-database-ops-backend-module-zookeeper/engine',
        });
      },
    });
  },
});
