import { toError } from '@backstage/errors';
import { RunContext } from 'backstage-plugin-database-ops-node';
import { z } from 'zod';
import { ArchivedSegmentFile } from './archiveListing';

const notesSchema = z.object({
  version: z.literal(1),
  segments: z.array(z.object({ name: z.string(), notedAt: z.string() })),
});
type Notes = z.infer<typeof notesSchema>;

const keyOf = (databaseId: string) =>
  `databases/${databaseId}/damaged-log.json`;

/**
 * Segments that a restore could not read, kept in the repository: inventories
 * read only the newest ones themselves, and would go on to claim through it.
 */
export async function noteDamagedSegment(
  context: RunContext,
  databaseId: string,
  name: string,
): Promise<void> {
  try {
    const { segments } = await readNotes(context, databaseId);
    await context.store.put(
      keyOf(databaseId),
      JSON.stringify({
        version: 1,
        segments: [
          ...segments.filter(segment => segment.name !== name),
          { name, notedAt: context.clock().toISOString() },
        ],
      } satisfies Notes),
    );
  } catch (error) {
    // The restore's own failure is what people have to hear of.
    context.logger.warn(
      `That WAL segment ${name} is damaged could not be noted in the repository: ${toError(error).message}`,
    );
  }
}

/** Whether a segment's file was found damaged; one that was put in its place later is another. */
export async function readDamage(
  context: RunContext,
  databaseId: string,
): Promise<(file: ArchivedSegmentFile) => boolean> {
  const { segments } = await readNotes(context, databaseId);
  const noted = new Map(segments.map(({ name, notedAt }) => [name, notedAt]));
  return ({ name, at }) => {
    const notedAt = noted.get(name);
    return notedAt !== undefined && at.getTime() <= Date.parse(notedAt);
  };
}

async function readNotes(
  { store, logger }: RunContext,
  databaseId: string,
): Promise<Notes> {
  const found = await store.get(keyOf(databaseId));
  const none: Notes = { version: 1, segments: [] };
  if (!found) {
    return none;
  }
  try {
    return notesSchema.parse(JSON.parse(found.body.toString('utf8')));
  } catch (error) {
    logger.warn(
      `${keyOf(databaseId)} cannot be read and is written anew with the next damage: ${toError(error).message}`,
    );
    return none;
  }
}
