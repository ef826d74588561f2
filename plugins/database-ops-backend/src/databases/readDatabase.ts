import { parseEntityRef, stringifyEntityRef } from '@backstage/catalog-model';
import { assertError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import {
  DatabaseEntry,
  EngineRegistry,
  RepositoryDefinition,
} from 'backstage-plugin-database-ops-node';
import { PolicyBook } from '../policies/PolicyBook';
import { policyOfDatabase } from '../policies/policyOfDatabase';
import { ConfigurationError, parseAt, wrongKeyOf } from './keyPath';
import { Part } from './readParts';
import { databaseSchema, idSchema } from './schemas';
import { ManagedDatabase, ReadyDatabase } from './types';

/** What the parts of a database's configuration refer to. */
export interface DatabaseParts {
  readonly engines: EngineRegistry;
  readonly repositories: ReadonlyMap<string, Part<RepositoryDefinition>>;
  readonly policies: PolicyBook;
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
  const title = parsed.title ?? entry.id;
  const config = engine.engine.describe.readConfig(
    entry.value[parsed.engine],
    `${entry.path}.${parsed.engine}`,
  );
  return {
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
    policy: policyOfDatabase({
      book: parts.policies,
      databaseId: entry.id,
      engineKind: parsed.engine,
      capabilities: engine.engine.describe.capabilities(config),
      path: entry.path,
      name: parsed.policy,
      overrides: parsed.overrides,
    }),
  };
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
