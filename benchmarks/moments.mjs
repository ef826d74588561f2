// Restores random moments of a PostgreSQL that was under load, through the
// product's own workers, and compares every one with what the load wrote down.
// node benchmarks/moments.mjs --moments 100
import { runEntry } from './lib/typescript.mjs';

runEntry(
  'database-ops-backend-module-postgresql/src/__testUtils__/moments/main.ts',
);
