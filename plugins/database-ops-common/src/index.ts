/**
 * Database Operations: the API's types and client, permissions and annotations.
 *
 * @packageDocumentation
 */
export * from './schema/openapi';
export * from './annotations';
export * from './client/DatabaseOpsApiClient';
export * from './durations';
export * from './operations';
export * from './permissions';
