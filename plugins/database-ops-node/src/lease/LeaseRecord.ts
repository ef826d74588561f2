import { InputError } from '@backstage/errors';
import { z } from 'zod';
import { ObjectStore } from '../store/ObjectStore';

const leaseRecordSchema = z.object({
  version: z.literal(1),
  /** Who asked for the operation. */
  owner: z.string(),
  /** Where the worker runs, and its process there. */
  host: z.string(),
  processId: z.number().int(),
  operationId: z.string(),
  kind: z.string(),
  acquiredAt: z.string(),
  expiresAt: z.string(),
  releasedAt: z.string().optional(),
  /** Rises by one with each holder; a renewal keeps it. */
  generation: z.number().int(),
  /** Tells a holder's own write from somebody else's when an answer got lost. */
  token: z.string(),
});

/**
 * The lease object of one database in a repository.
 *
 * @public
 */
export type LeaseRecord = Readonly<z.infer<typeof leaseRecordSchema>>;

/** Clocks of two hosts may differ by this much before a lease is taken from a living holder. */
const CLOCK_TOLERANCE_SECONDS = 5;

/**
 * Whether somebody else may take the lease.
 *
 * @public
 */
export function isLeaseFree(
  record: LeaseRecord | undefined,
  now: Date,
): boolean {
  if (!record || record.releasedAt !== undefined) {
    return true;
  }
  const expiresAtMs = Date.parse(record.expiresAt);
  return now.getTime() > expiresAtMs + CLOCK_TOLERANCE_SECONDS * 1000;
}

/**
 * The lease of a database as it stands, also when it is free; `undefined` when
 * nobody ever held it.
 *
 * @throws InputError when the object is no lease.
 * @public
 */
export async function readLease(
  store: ObjectStore,
  key: string,
): Promise<
  { readonly record: LeaseRecord; readonly etag: string } | undefined
> {
  const found = await store.get(key);
  if (!found) {
    return undefined;
  }
  try {
    const record = leaseRecordSchema.parse(
      JSON.parse(found.body.toString('utf8')),
    );
    return { record, etag: found.etag };
  } catch (thrown) {
    throw new InputError(
      `Object '${key}' of the repository is not a lease; make sure that no operation runs on the database, then delete the object.`,
      thrown,
    );
  }
}

/**
 * The holder in words, for refusals.
 *
 * @public
 */
export function describeHolder(record: LeaseRecord): string {
  return `${record.kind} ${record.operationId} of ${record.owner} on ${record.host} (until ${record.expiresAt})`;
}
