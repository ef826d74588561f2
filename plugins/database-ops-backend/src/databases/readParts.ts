import { JsonObject, JsonValue } from '@backstage/types';
import {
  RepositoryDefinition,
  Secret,
} from 'backstage-plugin-database-ops-node';
import { ConfigurationError, parseAt } from './keyPath';
import { repositorySchema } from './schemas';

/** A part of configuration that was understood, or what is wrong with it. */
export type Part<T> =
  | { readonly value: T; readonly error?: undefined }
  | { readonly error: ConfigurationError };

function readRepository(
  id: string,
  raw: JsonValue,
  path: string,
): RepositoryDefinition {
  const { accessKeyId, secretAccessKey, retention, ...rest } = parseAt(
    repositorySchema,
    raw,
    path,
  );
  return {
    id,
    ...rest,
    accessKeyId: new Secret(accessKeyId),
    secretAccessKey: new Secret(secretAccessKey),
    ...(retention && {
      retention: {
        accessKeyId: new Secret(retention.accessKeyId),
        secretAccessKey: new Secret(retention.secretAccessKey),
      },
    }),
  };
}

function readMap<T>(
  raw: JsonObject,
  path: string,
  read: (id: string, raw: JsonValue, path: string) => T,
): ReadonlyMap<string, Part<T>> {
  return new Map(
    Object.entries(raw).map(([id, value]): [string, Part<T>] => {
      try {
        return [id, { value: read(id, value ?? null, `${path}.${id}`) }];
      } catch (error) {
        if (error instanceof ConfigurationError) {
          return [id, { error }];
        }
        throw error;
      }
    }),
  );
}

/** `databaseOps.repositories`, each understood or not on its own. */
export function readRepositories(
  raw: JsonObject,
): ReadonlyMap<string, Part<RepositoryDefinition>> {
  return readMap(raw, 'databaseOps.repositories', readRepository);
}
