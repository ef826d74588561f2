import { z } from 'zod';
import { repositoryKeys } from '../inventory/repositoryKeys';
import { ObjectStore } from '../store/ObjectStore';

const backupLockSchema = z.object({
  backupId: z.string(),
  /** Objects that it consists of. */
  objects: z.number(),
  /** The lock of none of them ends before; ISO 8601 UTC. */
  until: z.string(),
});

const logLockSchema = z.object({
  /** Where it lies in the repository, as the engine names it. */
  folder: z.string(),
  /** First and last file, each locked with all between them; none was missing between them. */
  from: z.string(),
  to: z.string(),
  /** The lock of none of them ends before; ISO 8601 UTC. */
  until: z.string(),
});

const lockStateSchema = z.object({
  version: z.literal(1),
  databaseId: z.string(),
  /** ISO 8601 UTC. */
  observedAt: z.string(),
  backups: z.array(backupLockSchema).readonly(),
  logs: z.array(logLockSchema).readonly(),
  /** Why not everything that was to be locked is, in a sentence. */
  problem: z.string().optional(),
});

/**
 * What of a database is locked until when, as whoever locked it wrote it down:
 * a listing does not tell, and asking for each object costs a request.
 *
 * @public
 */
export type LockState = Readonly<z.output<typeof lockStateSchema>>;

/** @public */
export type BackupLock = Readonly<z.output<typeof backupLockSchema>>;

/** @public */
export type LogLock = Readonly<z.output<typeof logLockSchema>>;

/**
 * `undefined` when nothing was written down, or cannot be read any more: then
 * the objects themselves are asked, and it is written anew.
 *
 * @public
 */
export async function readLockState(
  store: ObjectStore,
  databaseId: string,
): Promise<LockState | undefined> {
  const found = await store.get(repositoryKeys.locks(databaseId));
  return found ? parse(found.body.toString('utf8')) : undefined;
}

/** @public */
export async function writeLockState(
  store: ObjectStore,
  state: LockState,
): Promise<void> {
  await store.put(
    repositoryKeys.locks(state.databaseId),
    `${JSON.stringify(state, undefined, 2)}\n`,
    { contentType: 'application/json' },
  );
}

function parse(text: string): LockState | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Not ours any more; what it said can be found out again.
    return undefined;
  }
  return lockStateSchema.safeParse(value).data;
}
