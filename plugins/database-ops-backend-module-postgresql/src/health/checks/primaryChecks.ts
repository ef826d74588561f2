import {
  multixactAge,
  pageChecksums,
  pendingRestart,
  transactionIdAge,
} from './ageChecks';
import { idleInTransaction, lockWaits } from './lockChecks';
import { preparedTransactions } from './preparedTransactions';
import { cacheHit, checkpoints, deadlocks, temporaryFiles } from './rateChecks';
import { autovacuum, deadRows } from './tableChecks';
import { MemberCheck } from './types';

/** What the primary is asked beside replication and archiving; each check knows its own rows only. */
export const PRIMARY_CHECKS: readonly MemberCheck<never>[] = [
  lockWaits,
  idleInTransaction,
  preparedTransactions,
  transactionIdAge,
  multixactAge,
  pageChecksums,
  pendingRestart,
  autovacuum,
  deadRows,
  cacheHit,
  deadlocks,
  temporaryFiles,
  checkpoints,
];
