// Runs a TypeScript entry: node scripts/ts.mjs <entry.ts> [arguments]
//
// The entry sees the loader in its process.execArgv (--require and the
// transform's absolute path): a process that starts another TypeScript entry,
// such as the local executor, passes process.execArgv on, less any --inspect.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { nodeBinary, repositoryRoot, toolEnvironment } from './lib/tools.mjs';

const [entry, ...args] = process.argv.slice(2);
const transform = join(
  repositoryRoot,
  'node_modules/@backstage/cli/config/nodeTransform.cjs',
);
if (!entry) {
  console.error('usage: node scripts/ts.mjs <entry.ts> [arguments]');
  process.exit(2);
}
if (!existsSync(transform)) {
  console.error(
    'The packages of this repository are not installed; run: node scripts/setup.mjs',
  );
  process.exit(1);
}

const child = spawn(
  nodeBinary(),
  ['--enable-source-maps', '--require', transform, resolve(entry), ...args],
  { stdio: 'inherit', env: toolEnvironment() },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => child.kill(signal));
}
child.on('error', error => {
  console.error(`${nodeBinary()} could not be started: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  process.exit(signal ? 128 + constants.signals[signal] : code);
});
