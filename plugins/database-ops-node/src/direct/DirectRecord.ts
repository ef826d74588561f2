import { JsonObject } from '@backstage/types';
import {
  OPERATION_KINDS,
  OperationFailure,
  OperationKind,
} from 'backstage-plugin-database-ops-common';
import { z } from 'zod';
import { repositoryKeys } from '../inventory/repositoryKeys';
import { ObjectStore } from '../store/ObjectStore';

/**
 * What `dbops --direct` leaves in a repository: who did what without the
 * portal. Written before it begins and again at its end; carries no secret.
 *
 * @public
 */
export interface DirectRecord {
  readonly version: 1;
  readonly operationId: string;
  readonly databaseId: string;
  readonly kind: OperationKind;
  readonly parameters: JsonObject;
  /** `direct:<account>@<host>`. */
  readonly actor: string;
  readonly reason: string;
  readonly startedAt: string;
  readonly state: 'running' | 'succeeded' | 'failed' | 'interrupted';
  readonly endedAt?: string;
  readonly failure?: OperationFailure;
}

const time = z
  .string()
  .max(64)
  .refine(text => !Number.isNaN(Date.parse(text)), 'expected a time');

/** Place and name of the object say which operation and database it is of. */
const recordSchema = z.object({
  version: z.literal(1),
  kind: z.enum(OPERATION_KINDS),
  parameters: z.record(z.string(), z.json()),
  actor: z.string().min(1).max(255),
  reason: z.string().min(1),
  startedAt: time,
  state: z.enum(['running', 'succeeded', 'failed', 'interrupted']),
  endedAt: time.optional(),
  failure: z
    .object({
      cause: z.string(),
      object: z.string().optional(),
      nextStep: z.string(),
      code: z.string().optional(),
      runbookUrl: z.string().optional(),
    })
    .optional(),
});

/**
 * Writes what a command line does without the portal.
 *
 * @public
 */
export async function writeDirectRecord(
  store: ObjectStore,
  record: DirectRecord,
): Promise<void> {
  await store.put(
    repositoryKeys.direct(record.databaseId, record.operationId),
    `${JSON.stringify(record, undefined, 2)}\n`,
    { contentType: 'application/json' },
  );
}

/**
 * Everything that was done to a database without the portal. An object that
 * cannot be read is given as a record of an unknown actor: that something was
 * done is not to be lost.
 *
 * @public
 */
export async function* listDirectRecords(
  store: ObjectStore,
  databaseId: string,
): AsyncIterable<DirectRecord> {
  for await (const { key, modifiedAt } of store.list(
    repositoryKeys.directs(databaseId),
  )) {
    const found = await store.get(key);
    if (found) {
      yield readRecord(found.body.toString('utf8'), {
        databaseId,
        operationId: key.replace(/^.*\/|\.json$/g, ''),
        modifiedAt,
      });
    }
  }
}

function readRecord(
  text: string,
  object: {
    readonly databaseId: string;
    readonly operationId: string;
    readonly modifiedAt: Date;
  },
): DirectRecord {
  const { databaseId, operationId } = object;
  const known = recordSchema.safeParse(parseOrUndefined(text));
  return known.success
    ? { ...known.data, databaseId, operationId }
    : {
        version: 1,
        databaseId,
        operationId,
        kind: 'maintain',
        parameters: {},
        actor: 'direct:unknown',
        reason: 'The object that says what was done cannot be read.',
        startedAt: object.modifiedAt.toISOString(),
        state: 'interrupted',
      };
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}
