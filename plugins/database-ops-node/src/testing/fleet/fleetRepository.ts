import { readFile } from 'node:fs/promises';
import { InputError } from '@backstage/errors';
import { JsonObject, JsonValue } from '@backstage/types';
import { z } from 'zod';
import { RepositoryDefinition } from '../../databases/types';
import { parseConfig, secretString } from '../../engine/secretSchema';
import { repositorySetupSchema } from '../../repository-setup/setupSchema';

const repositorySchema = z.object({
  endpoint: z.string().optional(),
  region: z.string(),
  bucket: z.string(),
  prefix: z.string().default(''),
  controlPrefix: z.string().default('control/'),
  forcePathStyle: z.boolean().default(false),
  caFile: z.string().optional(),
  accessKeyId: secretString(),
  secretAccessKey: secretString(),
  serverSideEncryption: z.enum(['AES256', 'aws:kms']).optional(),
  setup: repositorySetupSchema.optional(),
});

/**
 * Replaces each `{ $file }` of a fleet's configuration by that file's content,
 * as Backstage's configuration loader does.
 *
 * @public
 */
export async function resolveFiles(value: JsonValue): Promise<JsonValue> {
  if (Array.isArray(value)) {
    return Promise.all(value.map(resolveFiles));
  }
  if (typeof value === 'object' && value !== null) {
    if (typeof value.$file === 'string') {
      return (await readFile(value.$file, 'utf8')).trim();
    }
    const entries = await Promise.all(
      Object.entries(value).map(async ([key, item]) => [
        key,
        item === undefined ? undefined : await resolveFiles(item),
      ]),
    );
    return Object.fromEntries(entries);
  }
  return value;
}

/**
 * The repository of a fleet's configuration, for tests that use the object
 * store without a portal.
 *
 * @param configuration - what the fleet's `configuration()` gives
 * @param prefix - added to the fleet's own, so that tests do not meet
 * @param repositoryId - of one of several; the first when absent
 * @public
 */
export async function fleetRepository(
  configuration: { readonly databaseOps: { readonly repositories: object } },
  prefix = '',
  repositoryId?: string,
): Promise<RepositoryDefinition> {
  const entry = Object.entries(
    configuration.databaseOps.repositories as JsonObject,
  ).find(([id]) => repositoryId === undefined || id === repositoryId);
  if (!entry) {
    throw new InputError(
      "The fleet's configuration has no repository; open the fleet with its group s3.",
    );
  }
  const [id, raw] = entry;
  const path = `databaseOps.repositories.${id}`;
  const parsed = parseConfig(
    repositorySchema,
    await resolveFiles(raw ?? {}),
    path,
  );
  return { ...parsed, id, prefix: `${parsed.prefix}${prefix}` };
}
