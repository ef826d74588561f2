import {
  createConditionExports,
  createPermissionResourceRef,
  createPermissionRule,
} from '@backstage/plugin-permission-node';
import { RESOURCE_TYPE_DATABASE } from 'backstage-plugin-database-ops-common';
import { z } from 'zod';

/**
 * What permission rules may look at.
 *
 * @public
 */
export interface DatabaseResource {
  readonly id: string;
  readonly engineKind: string;
  readonly environment?: string;
  /** Entity reference of the owner, once the catalog has said it. */
  readonly owner?: string;
}

/**
 * A condition as a filter of databases: one of the values stands in that key.
 *
 * @public
 */
export interface DatabaseResourceFilter {
  readonly key: 'owner' | 'engineKind' | 'environment';
  readonly values: readonly string[];
}

/**
 * The resource that every permission of this plugin is about.
 *
 * @public
 */
export const databaseResourceRef = createPermissionResourceRef<
  DatabaseResource,
  DatabaseResourceFilter
>().with({ pluginId: 'database-ops', resourceType: RESOURCE_TYPE_DATABASE });

const hasOwner = createPermissionRule({
  name: 'HAS_OWNER',
  description: 'The owner of the database is one of these entities',
  resourceRef: databaseResourceRef,
  paramsSchema: z.object({
    owners: z
      .array(z.string())
      .describe('Entity references such as group:default/team-a'),
  }),
  apply: (database, { owners }) =>
    database.owner !== undefined && owners.includes(database.owner),
  toQuery: ({ owners }) => ({ key: 'owner', values: owners }),
});

const hasEngine = createPermissionRule({
  name: 'HAS_ENGINE',
  description: 'The engine of the database is one of these',
  resourceRef: databaseResourceRef,
  paramsSchema: z.object({
    engines: z
      .array(z.string())
      .describe('Kinds of engines such as postgresql'),
  }),
  apply: (database, { engines }) => engines.includes(database.engineKind),
  toQuery: ({ engines }) => ({ key: 'engineKind', values: engines }),
});

const hasEnvironment = createPermissionRule({
  name: 'HAS_ENVIRONMENT',
  description: 'The environment of the database is one of these',
  resourceRef: databaseResourceRef,
  paramsSchema: z.object({
    environments: z
      .array(z.string())
      .describe('Environments as configured, such as production'),
  }),
  apply: (database, { environments }) =>
    database.environment !== undefined &&
    environments.includes(database.environment),
  toQuery: ({ environments }) => ({ key: 'environment', values: environments }),
});

/**
 * Rules over databases, for permission policies.
 *
 * @public
 */
export const databaseRules = { hasOwner, hasEngine, hasEnvironment };

const conditionExports = createConditionExports({
  resourceRef: databaseResourceRef,
  rules: databaseRules,
});

/**
 * Builds conditions for a permission policy.
 *
 * @public
 */
export const databaseConditions = conditionExports.conditions;

/**
 * Builds a policy's decision from {@link databaseConditions}.
 *
 * @public
 */
export const createDatabaseConditionalDecision =
  conditionExports.createConditionalDecision;
