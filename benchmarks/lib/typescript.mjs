// Runs a benchmark whose code is TypeScript of a package.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot, toolEnvironment } from '../../scripts/lib/tools.mjs';

/** @param entry - path of the entry below plugins/ */
export function runEntry(entry) {
  const child = spawn(
    process.execPath,
    [
      join(repositoryRoot, 'scripts/ts.mjs'),
      join(repositoryRoot, 'plugins', entry),
      ...process.argv.slice(2),
    ],
    { stdio: 'inherit', env: toolEnvironment() },
  );
  // It ends what it started before it ends itself: that is waited for.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', error => {
    console.error(`The benchmark could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) =>
    process.exit(signal ? 128 + constants.signals[signal] : code),
  );
}
