/**
 * Reads the databases of a portal's configuration without starting a portal;
 * for command lines and tools.
 *
 * @packageDocumentation
 */
import { Config } from '@backstage/config';
import { NotFoundError } from '@backstage/errors';
import {
  EngineRegistration,
  EngineRegistry,
  RepositoryDefinition,
} from 'backstage-plugin-database-ops-node';
import { readDatabase } from './databases/readDatabase';
import { readRepositories } from './databases/readParts';
import { readSettings } from './databases/readSettings';
import { ManagedDatabase } from './databases/types';
import { PolicyBook } from './policies/PolicyBook';

export type {
  DatabaseIdentity,
  ManagedDatabase,
  QuarantinedDatabase,
  ReadyDatabase,
} from './databases/types';
export { NOTIFICATION_EVENTS } from './policies/notificationEvents';
export type {
  ApprovalRule,
  BlackoutDefinition,
  LeftOutSchedule,
  MissedRuns,
  NotificationEvent,
  NotificationRoute,
  PolicyDefinition,
  RestoreMode,
  RetryRules,
  ScheduleDefinition,
  Weekday,
} from './policies/types';
export type { RetentionRules } from './retention/types';

/**
 * Every database of the configuration, wrong ones with where and what.
 *
 * @throws InputError naming a wrong key that concerns the plugin as a whole.
 * @public
 */
export function readConfiguredDatabases(
  config: Config,
  engines: readonly EngineRegistration[],
): readonly ManagedDatabase[] {
  const registry = new EngineRegistry();
  engines.forEach(engine => registry.addEngine(engine));
  const settings = readSettings(config);
  const parts = {
    engines: registry,
    repositories: readRepositories(settings.repositories),
    policies: PolicyBook.read(settings.policies),
  };
  return Object.entries(settings.databases).map(([id, value]) =>
    readDatabase(
      {
        id,
        value:
          typeof value === 'object' && value !== null && !Array.isArray(value)
            ? value
            : {},
        path: `databaseOps.databases.${id}`,
      },
      parts,
    ),
  );
}

/**
 * One repository of the configuration.
 *
 * @throws NotFoundError when there is none of that id, InputError naming a
 * wrong key.
 * @public
 */
export function readConfiguredRepository(
  config: Config,
  repositoryId: string,
): RepositoryDefinition {
  const repositories = readRepositories(readSettings(config).repositories);
  const found = repositories.get(repositoryId);
  if (!found) {
    const known = [...repositories.keys()].join(', ') || 'none';
    throw new NotFoundError(
      `There is no repository '${repositoryId}' in databaseOps.repositories (there is: ${known}).`,
    );
  }
  if (found.error) {
    throw found.error;
  }
  return found.value;
}
