import { createBackendModule } from '@backstage/backend-plugin-api';
import {
  databaseOpsEnginesExtensionPoint,
  eraseEngineConfig,
} from 'backstage-plugin-database-ops-node';
import { engine } from './engine';

/**
 * Registers the Kafka engine.
 *
 * @public
 */
export const databaseOpsModuleKafka = createBackendModule({
  pluginId: 'database-ops',
  moduleId: 'kafka',
  register(reg) {
    reg.registerInit({
      deps: { engines: databaseOpsEnginesExtensionPoint },
      async init({ engines }) {
        engines.addEngine({
          engine: eraseEngineConfig(engine),
          engineModule:
            'backstage-plugin-database-ops-backend-module-kafka/engine',
        });
      },
    });
  },
});
