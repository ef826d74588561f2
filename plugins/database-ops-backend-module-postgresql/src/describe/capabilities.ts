import { EngineCapabilities } from 'backstage-plugin-database-ops-common';
import { BACKUP_TYPES } from '../backup/backupTypes';
import { PostgresqlConfig } from '../config';
import { verificationDepths } from '../verify/verifyDatabase';

const EXPIRES_AFTER = {
  type: 'string',
  format: 'duration',
  default: 'PT24H',
  title: 'Expires after',
  description:
    'ISO 8601 duration after which the restored instance is discarded.',
} as const;

/** What can be done follows from what is configured. */
export function capabilitiesOf(config: PostgresqlConfig): EngineCapabilities {
  if (!config.pgbackrest) {
    return { verbs: [], backupTypes: [], restoreKinds: [] };
  }
  return {
    verbs: [
      'inventory',
      'backup',
      'expire',
      'verify',
      ...(config.restore ? (['restore', 'discard'] as const) : []),
    ],
    verificationDepths: verificationDepths(config),
    backupTypes: [...BACKUP_TYPES],
    restoreKinds: config.restore
      ? [
          {
            id: 'latest',
            title: 'Latest',
            description:
              'The newest backup and all WAL archived since: as close to now as the archive reaches.',
            parameters: {
              type: 'object',
              properties: { expiresAfter: EXPIRES_AFTER },
            },
          },
          {
            id: 'backup',
            title: 'A backup',
            description: 'The state at the end of one backup.',
            parameters: {
              type: 'object',
              required: ['backupId'],
              properties: {
                backupId: { type: 'string', title: 'Backup' },
                expiresAfter: EXPIRES_AFTER,
              },
            },
          },
        ]
      : [],
  };
}
