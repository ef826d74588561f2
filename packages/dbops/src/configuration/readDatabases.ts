import { Config } from '@backstage/config';
import { ManagedDatabase } from 'backstage-plugin-database-ops-backend/configuration';
import { installedEngines } from './installedEngines';

/** Every configured database, the wrong ones with what is wrong. */
export async function readDatabases(
  config: Config,
): Promise<readonly ManagedDatabase[]> {
  const { readConfiguredDatabases } =
    await import('backstage-plugin-database-ops-backend/configuration');
  return readConfiguredDatabases(config, await installedEngines());
}
