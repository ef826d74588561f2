// Restores random moments of a PostgreSQL that was under load, through the
// product's own workers, and compares every one with what the load wrote down.
// node benchmarks/moments.mjs --moments 100
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot, toolEnvironment } from '../scripts/lib/tools.mjs';

const { status } = spawnSync(
  process.execPath,
  [
    join(repositoryRoot, 'scripts/ts.mjs'),
    join(
      repositoryRoot,
      'plugins/database-ops-backend-module-postgresql/src/__testUtils__/moments/main.ts',
    ),
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit', env: toolEnvironment() },
);
process.exit(status ?? 1);
