import { InputError } from '@backstage/errors';
import { z } from 'zod';
import { repositoryKeys } from '../inventory/repositoryKeys';
import { ObjectStore } from '../store/ObjectStore';

const pinSchema = z.object({
  id: z.string(),
  databaseId: z.string(),
  backupId: z.string(),
  reason: z.string(),
  legalHold: z.boolean(),
  until: z.string().optional(),
  createdBy: z.string(),
  createdAt: z.string(),
  endedBy: z.string().optional(),
  endedAt: z.string().optional(),
});

const pinFileSchema = z.object({
  version: z.literal(1),
  databaseId: z.string(),
  pins: z.array(pinSchema),
});

/**
 * A pin as the repository keeps it, beside the backups that it keeps.
 *
 * @public
 */
export type StoredPin = Readonly<z.output<typeof pinSchema>>;

/**
 * The pins of a database as its repository has them; none when nobody ever
 * wrote one.
 *
 * @throws InputError when the object cannot be read.
 * @public
 */
export async function readPins(
  store: ObjectStore,
  databaseId: string,
): Promise<readonly StoredPin[]> {
  const key = repositoryKeys.pins(databaseId);
  const found = await store.get(key);
  if (!found) {
    return [];
  }
  try {
    return pinFileSchema.parse(JSON.parse(found.body.toString('utf8'))).pins;
  } catch (thrown) {
    throw new InputError(
      `Object '${key}' of the repository holds no pins that can be read; nothing is removed until it is repaired or written anew by changing a pin.`,
      thrown,
    );
  }
}

/** @public */
export async function writePins(
  store: ObjectStore,
  databaseId: string,
  pins: readonly StoredPin[],
): Promise<void> {
  await store.put(
    repositoryKeys.pins(databaseId),
    `${JSON.stringify({ version: 1, databaseId, pins }, undefined, 2)}\n`,
    { contentType: 'application/json' },
  );
}

/**
 * Whether a pin still keeps its backup.
 *
 * @public
 */
export function isPinActive(
  { until, endedAt }: Pick<StoredPin, 'until' | 'endedAt'>,
  now: Date,
): boolean {
  return (
    endedAt === undefined &&
    (until === undefined || Date.parse(until) > now.getTime())
  );
}
