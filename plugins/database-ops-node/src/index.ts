/**
 * Database Operations: what an engine needs.
 *
 * @packageDocumentation
 */
export * from './databases/extensionPoint';
export * from './databases/repositoryFor';
export * from './databases/types';
export * from './direct/DirectRecord';
export * from './engine/abortGrace';
export * from './engine/EngineRegistry';
export * from './engine/extensionPoint';
export * from './engine/insight';
export * from './engine/maintenance';
export * from './engine/members';
export * from './engine/secretSchema';
export * from './engine/signals';
export * from './engine/proofState';
export * from './engine/types';
export * from './executor/extensionPoint';
export * from './executor/types';
export * from './expiry/assertPlanHolds';
export * from './expiry/lockObjects';
export * from './expiry/LockState';
export * from './expiry/objectLock';
export * from './expiry/orphans';
export * from './expiry/PinFile';
export * from './expiry/types';
export * from './failure/describeFailure';
export * from './failure/OperationFailedError';
export * from './failure/sourceAsBefore';
export * from './host/renderSection';
export * from './host/types';
export * from './inventory/InventoryStore';
export * from './inventory/repositoryKeys';
export * from './inventory/types';
export * from './lease/LeaseRecord';
export * from './lease/RepositoryLease';
export * from './process/Guardian';
export * from './process/LocalProcessRunner';
export * from './process/ProcessRunner';
export * from './process/processTable';
export * from './process/ToolError';
export type { UndeleteStep } from './repository-setup/planUndelete';
export * from './repository-setup/RepositoryBucket';
export * from './repository-setup/setupSchema';
export * from './repository-setup/types';
export * from './rotation/types';
export * from './secrets/Redactor';
export * from './secrets/Secret';
export * from './secrets/sealing';
export type {
  S3Credentials,
  S3ObjectStoreOptions,
} from './store/createS3Client';
export * from './store/describeS3Error';
export * from './store/ObjectStore';
export * from './store/probeConditionalWrites';
export * from './store/S3ObjectStore';
export * from './worker/sealWorkerSpec';
export * from './worker/types';
