/**
 * Database Operations: the process that carries out one operation, and the
 * executor that starts it as a child process.
 *
 * @packageDocumentation
 */
export { LocalExecutor } from './executor/LocalExecutor';
export type { LocalExecutorOptions } from './executor/LocalExecutor';
