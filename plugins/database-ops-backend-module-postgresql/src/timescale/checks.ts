import { MemberCheck } from '../health/checks/types';
import { aggregatesBehind } from './aggregateCheck';
import {
  compressionRatio,
  futureChunks,
  uncompressedChunks,
} from './chunkChecks';
import { disabledJobs, failedJobs, overdueJobs } from './jobChecks';
import { backgroundWorkers, restoringMode } from './serverChecks';

/** What a primary with TimescaleDB is asked, about the database that health connects to. */
export const TIMESCALE_CHECKS: readonly MemberCheck<never>[] = [
  failedJobs,
  overdueJobs,
  disabledJobs,
  backgroundWorkers,
  uncompressedChunks,
  compressionRatio,
  futureChunks,
  aggregatesBehind,
  restoringMode,
];
