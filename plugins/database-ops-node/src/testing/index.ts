/**
 * Database Operations: what tests of engines use.
 *
 * @packageDocumentation
 */
export { engineConformance } from './conformance/engineConformance';
export * from './conformance/types';
export * from './fleet/fleetRepository';
