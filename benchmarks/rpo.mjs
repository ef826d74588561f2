// What a loss of a PostgreSQL costs with default settings, measured: RPO under
// load and after a single commit, RTO, and the same restored by hand.
// node benchmarks/rpo.mjs --rounds 5
import { runEntry } from './lib/typescript.mjs';

runEntry(
  'database-ops-backend-module-postgresql/src/__testUtils__/loss/main.ts',
);
