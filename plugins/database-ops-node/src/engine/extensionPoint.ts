import { createExtensionPoint } from '@backstage/backend-plugin-api';
import { Engine } from './types';

/**
 * An engine and the module specifier under which a worker loads it: that
 * module exports it as `engine`.
 *
 * @public
 */
export interface EngineRegistration {
  readonly engine: Engine;
  /** For example `backstage-plugin-database-ops-backend-module-postgresql/engine`. */
  readonly engineModule: string;
}

/**
 * Where engine modules register.
 *
 * @public
 */
export interface DatabaseOpsEnginesExtensionPoint {
  /** @throws ConflictError when an engine of that kind is registered already. */
  addEngine(registration: EngineRegistration): void;
}

/**
 * Where engine modules register.
 *
 * @public
 */
export const databaseOpsEnginesExtensionPoint =
  createExtensionPoint<DatabaseOpsEnginesExtensionPoint>({
    id: 'database-ops.engines',
  });

/**
 * An engine of any configuration type as the registry keeps it; the registry
 * only hands an engine the configuration that its own `readConfig` made.
 *
 * @public
 */
export function eraseEngineConfig<TConfig>(engine: Engine<TConfig>): Engine {
  return engine as unknown as Engine;
}
