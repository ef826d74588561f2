import { Config } from '@backstage/config';
import { ConfigSources } from '@backstage/config-loader';
import { resolve } from 'node:path';
import { UsageError } from '../errors';

/** Reads app-config files as a portal would, in order, with environment variables and `$file`. */
export async function loadConfiguration(
  files: readonly string[],
): Promise<Config> {
  if (files.length === 0) {
    throw new UsageError(
      'Name the configuration that describes the databases: --config app-config.yaml [more files …]',
    );
  }
  return ConfigSources.toConfig(
    ConfigSources.defaultForTargets({
      // A watcher would keep the process from ending.
      watch: false,
      targets: files.map(file => ({ type: 'path', target: resolve(file) })),
    }),
  );
}
