// Runs a benchmark whose code is TypeScript of a package.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot, toolEnvironment } from '../../scripts/lib/tools.mjs';

/** @param entry - path of the entry below plugins/ */
export function runEntry(entry) {
  const { status } = spawnSync(
    process.execPath,
    [
      join(repositoryRoot, 'scripts/ts.mjs'),
      join(repositoryRoot, 'plugins', entry),
      ...process.argv.slice(2),
    ],
    { stdio: 'inherit', env: toolEnvironment() },
  );
  process.exit(status ?? 1);
}
