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
  readonly name: string;
  readonly parts: ReadonlyMap<string, Part<T>>;
  readonly what: string;
  readonly path: string;
}): T {
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

/** Each once, and only where the engine can keep them apart. */
function readAdditionalRepositories(options: {
  readonly names: readonly string[];
  readonly first: string | undefined;
  readonly engineKind: string;
  readonly severalRepositories: boolean;
  readonly parts: DatabaseParts;
  readonly path: string;
}): readonly RepositoryDefinition[] {
  const { names, first, path } = options;
  if (names.length === 0) {
    return [];
  }
  if (!options.severalRepositories) {
    throw new ConfigurationError(
      path,
      `engine '${options.engineKind}' keeps the backups of a database in one repository; leave this key out`,
    );
  }
  if (first === undefined) {
    throw new ConfigurationError(
      path,
      'expected the first repository under the key repository, and only further ones here',
    );
  }
  return names.map((name, index) => {
    if (name === first || names.indexOf(name) !== index) {
      throw new ConfigurationError(
        `${path}[${index}]`,
        `repository '${name}' is named twice; name each once`,
      );
    }
    return lookUp({
      name,
      parts: options.parts.repositories,
      what: 'repository',
      path: `${path}[${index}]`,
    });
  });
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
  const repository =
    parsed.repository === undefined
      ? undefined
      : lookUp({
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
  const capabilities = engine.engine.describe.capabilities(config);
  const additionalRepositories = readAdditionalRepositories({
    names: parsed.additionalRepositories ?? [],
    first: parsed.repository,
    engineKind: parsed.engine,
    severalRepositories: capabilities.severalRepositories === true,
    parts,
    path: `${entry.path}.additionalRepositories`,
  });
  const additionalIds = additionalRepositories.map(({ id }) => id);
  return {
    id: entry.id,
    title,
    engineKind: parsed.engine,
    environment: parsed.environment,
    entityRef: readEntityRef(parsed.entity, entry.path),
    repositoryId: parsed.repository,
    ...(additionalIds.length > 0 && {
      additionalRepositoryIds: additionalIds,
      additionalRepositories,
    }),
    policyName: parsed.policy,
    definition: {
      id: entry.id,
      title,
      engine: parsed.engine,
      environment: parsed.environment,
      ...(parsed.repository !== undefined && {
        repositoryIds: [parsed.repository, ...additionalIds],
      }),
      config,
    },
    engine,
    repository,
    policy: policyOfDatabase({
      book: parts.policies,
      databaseId: entry.id,
      engineKind: parsed.engine,
      capabilities,
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
