import { JsonObject } from '@backstage/types';
import {
  OperationFailure,
  OperationKind,
} from 'backstage-plugin-database-ops-common';
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
  const known = parseOrUndefined(text);
  return known?.version === 1
    ? { ...known, databaseId, operationId }
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

function parseOrUndefined(text: string): DirectRecord | undefined {
  try {
    return JSON.parse(text) as DirectRecord;
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}
