import { createRequire } from 'node:module';
import { join } from 'node:path';
import { InputError, isError, toError } from '@backstage/errors';
import { Engine, engineOfModule } from 'backstage-plugin-database-ops-node';

/**
 * Loads the engine that a module exports. The module is looked for from here
 * and from the working directory, which is the portal's: a package manager may
 * have put it where only the portal sees it.
 *
 * @throws InputError naming the module.
 */
export function loadEngine(engineModule: string): Engine {
  const requires = [
    require,
    createRequire(join(process.cwd(), 'package.json')),
  ];
  for (const load of requires) {
    const path = resolveFrom(load, engineModule);
    if (path !== undefined) {
      return engineOfModule(
        requireModule(load, path, engineModule),
        engineModule,
      );
    }
  }
  throw new InputError(
    `Engine module '${engineModule}' is not installed beside the worker; install its package in the portal.`,
  );
}

function resolveFrom(
  load: NodeRequire,
  engineModule: string,
): string | undefined {
  try {
    return load.resolve(engineModule);
  } catch (error) {
    if (
      isError(error) &&
      (error.code === 'MODULE_NOT_FOUND' ||
        error.code === 'ERR_PACKAGE_PATH_NOT_EXPORTED')
    ) {
      return undefined;
    }
    throw error;
  }
}

function requireModule(
  load: NodeRequire,
  path: string,
  engineModule: string,
): unknown {
  try {
    return load(path);
  } catch (error) {
    throw new InputError(
      `Engine module '${engineModule}' cannot be loaded: ${toError(error).message}. Reinstall its package.`,
      error,
    );
  }
}
