// Full, differential backup and restore of PostgreSQL through the product's
// worker against pgBackRest by hand with the same settings, in turns.
// node benchmarks/postgresql.mjs --megabytes 2048 --rounds 7
import { runEntry } from './lib/typescript.mjs';

runEntry(
  'database-ops-backend-module-postgresql/src/__testUtils__/comparison/main.ts',
);
