import { RestoreKind } from 'backstage-plugin-database-ops-common';
import { defaultAction } from '../restore/parameters';

const EXPIRES_AFTER = {
  type: 'string',
  format: 'duration',
  default: 'PT24H',
  title: 'Expires after',
  description:
    'ISO 8601 duration after which the restored instance is discarded.',
} as const;

const TIMELINE = {
  type: 'integer',
  minimum: 1,
  title: 'Timeline',
  description:
    'Line of history to stay on; the newest one that has the moment when absent.',
} as const;

const START = {
  type: 'string',
  title: 'Start from backup',
  description: 'The newest backup that suits when absent.',
} as const;

function kind(options: {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly properties: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}): RestoreKind {
  const { id, title, description, properties, required = [] } = options;
  return {
    id,
    title,
    description,
    parameters: {
      type: 'object',
      required: [...required],
      properties: {
        ...properties,
        action: {
          type: 'string',
          enum: ['pause', 'open'],
          default: defaultAction(id),
          title: 'At the target',
          description:
            'pause: read-only, and can be moved to a later moment; open: takes writes at once.',
        },
        expiresAfter: EXPIRES_AFTER,
      },
    },
  };
}

export const RESTORE_KINDS: RestoreKind[] = [
  kind({
    id: 'latest',
    title: 'Latest',
    description:
      'The newest backup and all WAL archived since: as close to now as the archive reaches.',
    properties: { timeline: TIMELINE },
  }),
  kind({
    id: 'backup',
    title: 'A backup',
    description: 'The state at the end of one backup.',
    properties: { backupId: { type: 'string', title: 'Backup' } },
    required: ['backupId'],
  }),
  kind({
    id: 'time',
    title: 'A time',
    description: 'Everything that was committed up to a time.',
    properties: {
      time: {
        type: 'string',
        format: 'date-time',
        title: 'Time',
        description: 'ISO 8601 with an offset, to the microsecond.',
      },
      timeline: TIMELINE,
      backupId: START,
    },
    required: ['time'],
  }),
  kind({
    id: 'lsn',
    title: 'A WAL position',
    description: 'Everything that was written up to a position in the log.',
    properties: {
      lsn: {
        type: 'string',
        pattern: '^[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}$',
        title: 'Position (LSN)',
      },
      timeline: TIMELINE,
      backupId: START,
    },
    required: ['lsn'],
  }),
  kind({
    id: 'xid',
    title: 'A transaction',
    description:
      'Up to and with the end of a transaction; it has to have ended after the backup that recovery starts from.',
    properties: {
      xid: {
        type: 'string',
        pattern: '^[1-9][0-9]{0,19}$',
        title: 'Transaction id',
      },
      timeline: TIMELINE,
      backupId: START,
    },
    required: ['xid'],
  }),
  kind({
    id: 'name',
    title: 'A restore point',
    description:
      'Up to a point named by pg_create_restore_point; it has to lie after the backup that recovery starts from.',
    properties: {
      name: { type: 'string', minLength: 1, maxLength: 63, title: 'Name' },
      timeline: TIMELINE,
      backupId: START,
    },
    required: ['name'],
  }),
];
