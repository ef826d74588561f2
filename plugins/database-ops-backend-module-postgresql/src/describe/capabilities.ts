import { EngineCapabilities } from 'backstage-plugin-database-ops-common';
import { BACKUP_TYPES } from '../backup/backupTypes';
import { PostgresqlConfig } from '../config';
import { RESTORE_KINDS } from './restoreKinds';
import { verificationDepths } from '../verify/verifyDatabase';

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
      ...(config.restore
        ? (['restore', 'advance', 'promote', 'discard'] as const)
        : []),
    ],
    severalRepositories: true,
    verificationDepths: verificationDepths(config),
    backupTypes: [...BACKUP_TYPES],
    restoreKinds: config.restore ? RESTORE_KINDS : [],
    ...(config.restore ? { timeResolutionSeconds: 0.000001 } : {}),
  };
}
