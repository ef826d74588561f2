/**
 * Real database servers on loopback, for the demo, the tests and the benchmarks.
 *
 * @packageDocumentation
 */
export { FleetLoan } from './FleetLoan';
export type { FleetLoanOptions } from './FleetLoan';
export { LocalFleet } from './LocalFleet';
export type { FleetConfiguration, LocalFleetOptions } from './LocalFleet';
export {
  currentBackupVersion,
  endBackupVersion,
  readBackupObjects,
  removeBackupObjects,
} from './s3/backupObjects';
export { writeOwnedFile } from './framework/ownedFile';
export { reclaimBackupSpace } from './s3/reclaim';
export type {
  CertificateFiles,
  FleetContext,
  FleetGroup,
  FleetLoadOptions,
  FleetLoadResult,
  FleetMember,
  FleetProcess,
} from './framework/types';
export { timescaleKinds } from './timescale';
export type { TimescaleKind, TimescaleServer } from './timescale/types';
