/**
 * Database Operations: what an engine needs.
 *
 * @packageDocumentation
 */
export * from './databases/extensionPoint';
export * from './databases/types';
export * from './engine/EngineRegistry';
export * from './engine/extensionPoint';
export * from './engine/members';
export * from './engine/secretSchema';
export * from './engine/signals';
export * from './engine/types';
export * from './executor/extensionPoint';
export * from './executor/types';
export * from './inventory/types';
export * from './process/ProcessRunner';
export * from './secrets/Secret';
export * from './secrets/sealing';
export * from './store/ObjectStore';
export * from './worker/types';
