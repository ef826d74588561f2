import { Backup } from 'backstage-plugin-database-ops-common';
import {
  Inventory,
  OperationFailedError,
  Resolution,
} from 'backstage-plugin-database-ops-node';
import { parsePosition, timelineOf } from '../wal/segments';
import { fixedMoment } from '../window/fixedMoment';
import { MomentQuestion } from '../window/question';
import { resolveMoment } from '../window/resolveMoment';
import { TargetAction } from './parameters';

/** Where recovery starts and ends. */
export interface RestoreTarget {
  readonly backup: Backup;
  /** In words, for people. */
  readonly description: string;
  readonly timeline?: number;
  /** PostgreSQL's settings, `recovery_target…`; without a target recovery goes to the end of the archive. */
  readonly settings: Readonly<Record<string, string>>;
  readonly action: TargetAction;
  /** Byte positions, to tell how far replay is. */
  readonly replayFrom?: number;
  readonly replayTo?: number;
  /** The newest archived segment, which a recovery to the end of the archive must have reached. */
  readonly lastSegment?: string;
  /** Recovery has to get there. */
  readonly position?: number;
}

/**
 * The backup and the target, always explicit: PostgreSQL's own default follows
 * the newest timeline, which may be one that a restored copy made.
 *
 * @throws OperationFailedError naming the nearest moments that can be reached
 */
export function chooseTarget(
  inventory: Inventory,
  question: MomentQuestion,
  action: TargetAction,
): RestoreTarget {
  const resolution = resolveMoment(inventory, question);
  const { parameters, backupId } = resolution;
  const backup = inventory.backups.find(({ id }) => id === backupId);
  if (!resolution.reachable || !parameters || !backup) {
    throw new OperationFailedError({
      cause: resolution.sentence,
      object: inventory.databaseId,
      nextStep:
        question.kind === 'backup'
          ? 'Refresh the inventory and choose a backup from the list.'
          : 'Choose a moment of the recovery window, or take a backup.',
      code: 'moment-not-reachable',
    });
  }
  // To the end of the archive nothing can be missed; a fixed moment and a pause need a position.
  const toEnd =
    question.kind === 'latest' &&
    action === 'open' &&
    isInLastRange(inventory, resolution, backup);
  return targetOf(
    inventory,
    toEnd
      ? { ...resolution, parameters: { ...parameters, lsn: undefined } }
      : // What is called the latest there is the end of its backup.
        fixedMoment(resolution),
    backup,
    action,
  );
}

/** Behind a gap the archive goes on where recovery cannot follow: then the end of what can be reached is a position like any other. */
function isInLastRange(
  { logs }: Inventory,
  { parameters, moment }: Resolution,
  backup: Backup,
): boolean {
  const timeline = parameters?.timeline ?? backup.to?.timeline;
  const last = logs.filter(({ to }) => timelineOf(to) === timeline).at(-1);
  const begin = parsePosition(last?.fromPosition ?? '');
  const end = parsePosition(moment?.lsn ?? backup.to?.lsn ?? '');
  return begin === undefined || end === undefined || end >= begin;
}

function targetOf(
  inventory: Inventory,
  { parameters = {}, moment, replayBytes }: Resolution,
  backup: Backup,
  action: TargetAction,
): RestoreTarget {
  const { kind, time, lsn, xid, name, timeline } = parameters;
  const own = backup.to?.timeline;
  const on = typeof timeline === 'number' ? timeline : own;
  const replayFrom = parsePosition(backup.from?.lsn ?? '');
  const base = {
    backup,
    timeline: on,
    action,
    replayFrom,
    replayTo:
      parsePosition(moment?.lsn ?? '') ??
      (replayFrom === undefined || replayBytes === undefined
        ? undefined
        : replayFrom + replayBytes),
  };
  const common = {
    recovery_target_action: action === 'pause' ? 'pause' : 'promote',
    // Never the newest one by itself.
    recovery_target_timeline: on === own ? 'current' : String(on),
  };
  if (kind === 'time') {
    return {
      ...base,
      description: `the time ${time}`,
      settings: {
        ...common,
        recovery_target_time: `${time}`.replace('T', ' ').replace('Z', '+00'),
      },
    };
  }
  if (lsn !== undefined) {
    return {
      ...base,
      description: `the position ${lsn}`,
      settings: { ...common, recovery_target_lsn: `${lsn}` },
      position: parsePosition(`${lsn}`),
    };
  }
  if (kind === 'xid') {
    return {
      ...base,
      description: `transaction ${xid}`,
      settings: { ...common, recovery_target_xid: `${xid}` },
    };
  }
  if (kind === 'name') {
    return {
      ...base,
      description: `the restore point '${name}'`,
      settings: { ...common, recovery_target_name: `${name}` },
    };
  }
  if (kind === 'latest' && action === 'open') {
    return {
      ...base,
      description: 'the end of the archive',
      settings: {
        recovery_target_timeline: common.recovery_target_timeline,
      },
      lastSegment: inventory.logs
        .filter(({ to }) => timelineOf(to) === on)
        .at(-1)?.to,
    };
  }
  return {
    ...base,
    description: `the end of backup ${backup.id}`,
    settings: {
      ...common,
      recovery_target: 'immediate',
      recovery_target_timeline: 'current',
    },
  };
}
