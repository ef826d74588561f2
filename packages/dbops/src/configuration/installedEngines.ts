import { Engine, EngineRegistration } from 'backstage-plugin-database-ops-node';

const KINDS = ['postgresql', 'redis', 'kafka', 'zookeeper'] as const;

/**
 * The engines that this command line carries. Loaded on demand: most commands
 * only speak HTTP, and an engine brings its database's drivers.
 */
export async function installedEngines(): Promise<EngineRegistration[]> {
  const modules: readonly { readonly engine: unknown }[] = await Promise.all([
    import('backstage-plugin-database-ops-backend-module-postgresql/engine'),
    import('backstage-plugin-database-ops-backend-module-redis/engine'),
    import('backstage-plugin-database-ops-backend-module-kafka/engine'),
    import('backstage-plugin-database-ops-backend-module-zookeeper/engine'),
  ]);
  return modules.map(({ engine }, index) => ({
    engine: engine as Engine,
    engineModule: `backstage-plugin-database-ops-backend-module-${KINDS[index]}/engine`,
  }));
}
