/**
 * The command line `dbops`.
 *
 * @packageDocumentation
 */
export { main } from './main';
export type { Terminal } from './terminal';
