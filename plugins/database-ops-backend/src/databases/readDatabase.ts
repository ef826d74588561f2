import { parseEntityRef, stringifyEntityRef } from '@backstage/catalog-model';
import { assertError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import {
  DatabaseEntry,
  EngineRegistry,
  RepositoryDefinition,
} from 'backstage-plugin-database-ops-node';
import { ConfigurationError, parseAt, wrongKeyOf } from './keyPath';
import { Part } from './readParts';
import { databaseSchema, idSchema } from './schemas';
import { ManagedDatabase, PolicyDefinition, ReadyDatabase } from './types';

/** What the parts of a database's configuration refer to. */
export interface DatabaseParts {
  readonly engines: EngineRegistry;
  readonly repositories: ReadonlyMap<string, Part<RepositoryDefinition>>;
  readonly policies: ReadonlyMap<string, Part<PolicyDefinition>>;
}

function text(value: JsonObject, key: string): string | undefined {
  const found = value[key];
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function readEntityRef(
  ref: string | undefined,
  path: string,
): string | undefined {
  if (ref === undefined) {
    return undefined;
  }
  try {
    return stringifyEntityRef(parseEntityRef(ref, { defaultKind: 'resource' }));
  } catch (error) {
    assertError(error);
    throw new ConfigurationError(
      `${path}.entity`,
      'expected an entity reference such as resource:default/orders-db',
    );
  }
}

function lookUp<T>(options: {
  readonly name: string | undefined;
  readonly parts: ReadonlyMap<string, Part<T>>;
  readonly what: string;
  readonly path: string;
}): T | undefined {
  if (options.name === undefined) {
    return undefined;
  }
  const part = options.parts.get(options.name);
  if (!part) {
    const known = [...options.parts.keys()].join(', ') || 'none';
    throw new ConfigurationError(
      options.path,
      `expected the name of a ${options.what}; '${options.name}' is not configured (there is: ${known})`,
    );
  }
  if (part.error) {
    throw part.error;
  }
  return part.value;
}

function checkSchedules(
  database: Omit<ReadyDatabase, 'quarantine'>,
  policy: PolicyDefinition,
): void {
  const capabilities = database.engine.engine.describe.capabilities(
    database.definition.config,
  );
  for (const schedule of policy.schedules) {
    const path = `databaseOps.policies.${policy.name}.schedules.${schedule.name}`;
    if (!capabilities.verbs.includes(schedule.kind)) {
      throw new ConfigurationError(
        `${path}.kind`,
        `expected a verb that ${database.engineKind} has (${capabilities.verbs.join(', ') || 'none'}) for database '${database.id}'`,
      );
    }
    const types = capabilities.backupTypes.map(type => type.id);
    if (
      schedule.kind === 'backup' &&
      !types.includes(schedule.type ?? types[0])
    ) {
      throw new ConfigurationError(
        `${path}.type`,
        `expected a backup type of ${database.engineKind} (${types.join(', ')}) for database '${database.id}'`,
      );
    }
  }
}

function readReady(entry: DatabaseEntry, parts: DatabaseParts): ReadyDatabase {
  parseAt(idSchema, entry.id, entry.path);
  const parsed = parseAt(databaseSchema, entry.value, entry.path);
  const engine = parts.engines.find(parsed.engine);
  if (!engine) {
    const known = parts.engines.kinds().join(', ') || 'none';
    throw new ConfigurationError(
      `${entry.path}.engine`,
      `expected the kind of an installed engine; '${parsed.engine}' is not (there is: ${known})`,
    );
  }
  const repository = lookUp({
    name: parsed.repository,
    parts: parts.repositories,
    what: 'repository',
    path: `${entry.path}.repository`,
  });
  const policy = lookUp({
    name: parsed.policy,
    parts: parts.policies,
    what: 'policy',
    path: `${entry.path}.policy`,
  });
  const title = parsed.title ?? entry.id;
  const config = engine.engine.describe.readConfig(
    entry.value[parsed.engine],
    `${entry.path}.${parsed.engine}`,
  );
  const database = {
    id: entry.id,
    title,
    engineKind: parsed.engine,
    environment: parsed.environment,
    entityRef: readEntityRef(parsed.entity, entry.path),
    repositoryId: parsed.repository,
    policyName: parsed.policy,
    definition: {
      id: entry.id,
      title,
      engine: parsed.engine,
      environment: parsed.environment,
      config,
    },
    engine,
    repository,
    policy,
  };
  if (policy) {
    checkSchedules(database, policy);
  }
  return database;
}

/**
 * Reads one database. A wrong one is quarantined rather than thrown, so that
 * everyone else's portal starts.
 */
export function readDatabase(
  entry: DatabaseEntry,
  parts: DatabaseParts,
): ManagedDatabase {
  try {
    return readReady(entry, parts);
  } catch (error) {
    assertError(error);
    const engineKind = text(entry.value, 'engine') ?? 'unknown';
    return {
      id: entry.id,
      title: text(entry.value, 'title') ?? entry.id,
      engineKind,
      environment: text(entry.value, 'environment'),
      entityRef: entityRefIfValid(entry),
      repositoryId: text(entry.value, 'repository'),
      policyName: text(entry.value, 'policy'),
      quarantine: wrongKeyOf(error, `${entry.path}.${engineKind}`),
    };
  }
}

function entityRefIfValid(entry: DatabaseEntry): string | undefined {
  try {
    return readEntityRef(text(entry.value, 'entity'), entry.path);
  } catch (error) {
    if (error instanceof ConfigurationError) {
      return undefined;
    }
    throw error;
  }
}
