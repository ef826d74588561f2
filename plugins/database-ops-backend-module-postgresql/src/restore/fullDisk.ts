import { statfs } from 'node:fs/promises';
import { OperationFailedError } from 'backstage-plugin-database-ops-node';
import { DEFAULT_SEGMENT_BYTES } from '../wal/segments';

/** What Node and PostgreSQL say. */
export const NO_SPACE = /ENOSPC|No space left on device/i;

/**
 * Whether recovery could put another segment beside the one it reads. What it
 * failed to write may have been removed since. A folder that is gone is not
 * full.
 */
export async function hasRoom(
  directory: string,
  segmentBytes = DEFAULT_SEGMENT_BYTES,
): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize >= 2 * segmentBytes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return true;
    }
    throw error;
  }
}

/** A failure to write for want of space, named; any other as it is. */
export function explainNoSpace(error: unknown, directory: string): unknown {
  return !(error instanceof OperationFailedError) &&
    NO_SPACE.test(String(error))
    ? fullDisk(directory, error)
    : error;
}

/** The failure of a server whose disk is full. */
export function fullDisk(
  directory: string,
  reason?: unknown,
): OperationFailedError {
  return new OperationFailedError(
    {
      cause: `The restored server ended: the disk of ${directory} is full.`,
      object: directory,
      nextStep:
        'Free space or configure another restore.directory, then restore again.',
      code: 'restored-server-ended',
    },
    reason,
  );
}
