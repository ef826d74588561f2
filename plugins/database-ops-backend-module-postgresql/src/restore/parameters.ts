import { InputError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { Backup } from 'backstage-plugin-database-ops-common';
import {
  Inventory,
  OperationFailedError,
  parseConfig,
} from 'backstage-plugin-database-ops-node';
import { Duration } from 'luxon';
import { z } from 'zod';
import { timelineOf } from '../wal/segments';

const DEFAULT_EXPIRY = 'PT24H';

const schema = z.object({
  kind: z.enum(['latest', 'backup']),
  backupId: z.string().min(1).optional(),
  expiresAfter: z.string().default(DEFAULT_EXPIRY),
});

export interface RestoreParameters {
  readonly kind: 'latest' | 'backup';
  readonly backupId?: string;
  readonly expiresAfter: Duration;
}

/** @throws InputError naming the parameter and what was expected */
export function readRestoreParameters(raw: JsonObject): RestoreParameters {
  const { kind, backupId, expiresAfter } = parseConfig(
    schema,
    raw,
    'parameters',
  );
  if (kind === 'backup' && !backupId) {
    throw new InputError(
      'parameters.backupId is missing: a restore of kind backup needs the id of a backup from the list.',
    );
  }
  const duration = Duration.fromISO(expiresAfter);
  if (!duration.isValid || duration.toMillis() <= 0) {
    throw new InputError(
      `parameters.expiresAfter must be a positive ISO 8601 duration such as ${DEFAULT_EXPIRY}.`,
    );
  }
  return { kind, backupId, expiresAfter: duration };
}

/** What pgBackRest is told to restore. */
export interface RestoreTarget {
  readonly backup: Backup;
  readonly arguments: readonly string[];
  /** PostgreSQL's recovery_target_timeline; pgBackRest accepts it for some targets only. */
  readonly timeline: string;
  /** The newest archived WAL segment, which a restore to the latest moment must have reached. */
  readonly lastSegment?: string;
}

/**
 * The backup and the target, always explicit: pgBackRest's own default follows
 * the newest timeline, which may be one that a restored copy made.
 */
export function chooseTarget(
  { kind, backupId }: RestoreParameters,
  inventory: Inventory,
): RestoreTarget {
  const usable = inventory.backups.filter(({ state }) => state === 'present');
  const backup =
    kind === 'backup'
      ? inventory.backups.find(({ id }) => id === backupId)
      : usable.reduce<Backup | undefined>(
          (newest, candidate) =>
            newest && newest.stoppedAt >= candidate.stoppedAt
              ? newest
              : candidate,
          undefined,
        );
  if (!backup) {
    throw new OperationFailedError({
      cause:
        kind === 'backup'
          ? `The repository has no backup '${backupId}' of database '${inventory.databaseId}'.`
          : `The repository has no backup of database '${inventory.databaseId}'.`,
      object: backupId ?? inventory.databaseId,
      nextStep:
        kind === 'backup'
          ? 'Refresh the inventory and choose a backup from the list.'
          : 'Take a backup first.',
      code: 'backup-not-found',
    });
  }
  if (kind === 'backup') {
    return {
      backup,
      arguments: [
        `--set=${backup.id}`,
        '--type=immediate',
        '--target-action=promote',
      ],
      timeline: 'current',
    };
  }
  // After a failover the archive goes on under a higher timeline than the backup's own.
  const lastSegment = inventory.logs.at(-1)?.to;
  const newest = lastSegment ? timelineOf(lastSegment) : 0;
  const timeline =
    newest > (backup.to?.timeline ?? newest) ? newest : 'current';
  return {
    backup,
    arguments: [
      `--set=${backup.id}`,
      '--type=default',
      `--target-timeline=${timeline}`,
    ],
    timeline: String(timeline),
    lastSegment,
  };
}
