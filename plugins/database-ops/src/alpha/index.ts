/**
 * Database Operations for the new frontend system: the pages under
 * `/databases`, the entity's tab, and three cards for its overview.
 *
 * @packageDocumentation
 */
export { default } from './plugin';
