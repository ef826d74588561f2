import { Config } from '@backstage/config';
import { ManagedDatabase } from 'backstage-plugin-database-ops-backend/configuration';
import { exportsOf } from './exportsOf';
import { installedEngines } from './installedEngines';

/** Every configured database, the wrong ones with what is wrong. */
export async function readDatabases(
  config: Config,
): Promise<readonly ManagedDatabase[]> {
  const { readConfiguredDatabases } = exportsOf(
    await import('backstage-plugin-database-ops-backend/configuration'),
    'readConfiguredDatabases',
  );
  return readConfiguredDatabases(config, await installedEngines());
}
