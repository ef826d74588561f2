import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { InputError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { OperationKind } from 'backstage-plugin-database-ops-common';
import {
  DatabaseDefinition,
  RepositoryDefinition,
  unsealSecrets,
  WorkerSpec,
} from 'backstage-plugin-database-ops-node';
import { z } from 'zod';

const SECRETS_DESCRIPTOR = 3;

const jsonObject = z.custom<JsonObject>(
  value => typeof value === 'object' && value !== null && !Array.isArray(value),
  'expected an object',
);

const workerSpecSchema = z.object({
  version: z.literal(1),
  operationId: z.string().min(1),
  kind: z.custom<OperationKind>(value => typeof value === 'string'),
  requestedBy: z.string(),
  policyName: z.string().optional(),
  parameters: jsonObject,
  engineModule: z.string().min(1),
  database: jsonObject,
  repository: jsonObject,
  restoredInstance: z
    .object({
      restoredInstanceId: z.string(),
      directory: z.string(),
      facts: jsonObject,
    })
    .optional(),
  timeoutSeconds: z.number().positive(),
  leaseSeconds: z.number().positive(),
  executorHost: z.string(),
});

/** A spec with its secrets back in place. */
export interface OpenSpec {
  readonly spec: WorkerSpec;
  readonly database: DatabaseDefinition;
  readonly repository: RepositoryDefinition;
}

/** @throws InputError naming the file and what is wrong with it. */
export async function readSpec(path: string): Promise<WorkerSpec> {
  const content = await readFile(path, 'utf8');
  const parsed = workerSpecSchema.safeParse(JSON.parse(content));
  if (!parsed.success) {
    throw new InputError(
      `'${path}' is no worker spec: ${z.prettifyError(parsed.error)}. Start workers through an executor of the same version.`,
    );
  }
  return parsed.data;
}

export function openSpec(
  spec: WorkerSpec,
  secrets: Readonly<Record<string, string>>,
): OpenSpec {
  return {
    spec,
    database: unsealSecrets(spec.database, secrets) as DatabaseDefinition,
    repository: unsealSecrets(spec.repository, secrets) as RepositoryDefinition,
  };
}

/**
 * Reads the secrets from the descriptor that the executor holds the other end
 * of, and closes it, so that no child inherits it.
 */
export async function readSecrets(): Promise<Readonly<Record<string, string>>> {
  try {
    const stream = createReadStream('', { fd: SECRETS_DESCRIPTOR });
    const content = (await buffer(stream)).toString('utf8');
    return z.record(z.string(), z.string()).parse(JSON.parse(content));
  } catch (error) {
    throw new InputError(
      `The secrets of the operation did not arrive on descriptor ${SECRETS_DESCRIPTOR}; the executor ended while it handed them over. Start the operation again.`,
    );
  }
}
