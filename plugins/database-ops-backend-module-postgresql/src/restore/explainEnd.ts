import { OperationFailure } from 'backstage-plugin-database-ops-common';
import { fullDisk, NO_SPACE } from './fullDisk';

/** A copy may link to none but the tablespaces that were restored with it. */
const MAKES_TABLESPACE =
  /FATAL:[^|]*(?:pg_tblspc|does not exist)[^|]*\|.*WAL redo at (\S+) for Tablespace\/CREATE: \d+ "([^"]*)"/;

/** Why a server ended while it recovered, by the end of its log. */
export function explainEnd(
  logTail: string,
  goal: string,
  directory: string,
): OperationFailure {
  if (NO_SPACE.test(logTail)) {
    return fullDisk(directory).failure;
  }
  if (/recovery ended before configured recovery target/.test(logTail)) {
    return {
      cause: `Recovery came to the end of the archived WAL and did not find ${goal}.`,
      object: goal,
      nextStep:
        'Choose an earlier moment, or one that is in the archive; look at the recovery window again.',
      code: 'target-not-reached',
    };
  }
  if (/stop point is before consistent recovery point/.test(logTail)) {
    return {
      cause: `${goal.charAt(0).toUpperCase()}${goal.slice(1)} lies before the end of the backup that recovery started from.`,
      object: goal,
      nextStep: 'Choose an earlier backup, or a later moment.',
      code: 'target-not-reached',
    };
  }
  const made = MAKES_TABLESPACE.exec(logTail);
  if (made) {
    const [, position, location] = made;
    return {
      cause: `The tablespace at ${location} was made after the backup (${position}): replay would put its files there, where another server's may be, and was ended.`,
      object: location,
      nextStep: `Restore a moment before ${position}, or one that a backup taken after it leads to. Otherwise restore by hand on a machine on which nothing uses ${location}.`,
      code: 'tablespace-after-backup',
    };
  }
  return {
    cause: `The restored server ended during recovery. Its log says: ${logTail}`,
    object: directory,
    nextStep:
      'Choose another backup, or check with "pgbackrest verify" that no WAL is missing.',
    code: 'restored-server-ended',
  };
}
