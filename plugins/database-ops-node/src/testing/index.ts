/**
 * Database Operations: what tests of engines use.
 *
 * @packageDocumentation
 */
export * from './fleet/fleetRepository';
