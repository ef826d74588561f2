import {
  EngineRegistration,
  engineOfModule,
} from 'backstage-plugin-database-ops-node';

const PACKAGE = 'backstage-plugin-database-ops-backend-module';

/**
 * The engines that this command line carries. Loaded on demand: most commands
 * only speak HTTP, and an engine brings its database's drivers.
 */
export async function installedEngines(): Promise<EngineRegistration[]> {
  const modules: Record<string, Promise<unknown>> = {
    [`${PACKAGE}-postgresql/engine`]:
      import('backstage-plugin-database-ops-backend-module-postgresql/engine'),
    [`${PACKAGE}-redis/engine`]:
      import('backstage-plugin-database-ops-backend-module-redis/engine'),
    [`${PACKAGE}-kafka/engine`]:
      import('backstage-plugin-database-ops-backend-module-kafka/engine'),
    [`${PACKAGE}-zookeeper/engine`]:
      import('backstage-plugin-database-ops-backend-module-zookeeper/engine'),
  };
  return Promise.all(
    Object.entries(modules).map(async ([engineModule, loaded]) => ({
      engine: engineOfModule(await loaded, engineModule),
      engineModule,
    })),
  );
}
