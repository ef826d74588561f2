import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * A file that this package ships, of the copy that runs. Resolving the package
 * by its name finds the copy that the backend's framework sees: a bundle
 * unpacked below a checkout would then run the checkout's migrations.
 */
export function packageFile(...path: readonly string[]): string {
  // eslint-disable-next-line no-restricted-syntax -- the place of this very file is the point
  let folder = __dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    folder = dirname(folder);
  }
  return join(folder, ...path);
}
