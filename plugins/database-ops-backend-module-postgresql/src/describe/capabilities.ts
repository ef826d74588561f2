import { EngineCapabilities } from 'backstage-plugin-database-ops-common';
import { BACKUP_TYPES } from '../backup/backupTypes';
import { PostgresqlConfig } from '../config';
import { MAINTENANCE_ACTIONS } from '../maintenance/actions';
import { rotationsOf } from '../rotation/offers';
import { RESTORE_KINDS } from './restoreKinds';
import { verificationDepths } from '../verify/verifyDatabase';

/** What can be done follows from what is configured. */
export function capabilitiesOf(config: PostgresqlConfig): EngineCapabilities {
  const rotations = rotationsOf(config);
  if (!config.pgbackrest) {
    return {
      verbs: [
        ...(config.maintenance ? (['maintain'] as const) : []),
        ...(rotations.length > 0 ? (['rotate'] as const) : []),
      ],
      backupTypes: [],
      restoreKinds: [],
      rotations,
      ...upkeepOf(config),
    };
  }
  return {
    verbs: [
      'inventory',
      'backup',
      'expire',
      'verify',
      ...(config.maintenance ? (['maintain'] as const) : []),
      ...(rotations.length > 0 ? (['rotate'] as const) : []),
      ...(config.restore
        ? (['restore', 'advance', 'promote', 'discard'] as const)
        : []),
    ],
    ...upkeepOf(config),
    rotations,
    severalRepositories: true,
    verificationDepths: verificationDepths(config),
    backupTypes: [...BACKUP_TYPES],
    restoreKinds: config.restore ? RESTORE_KINDS : [],
    ...(config.restore
      ? {
          timeResolutionSeconds: 0.000001,
          restoreModes: [
            'new-place' as const,
            ...(config.inPlace ? (['in-place'] as const) : []),
          ],
        }
      : {}),
  };
}

/** What is there to look after a database and to look into it. */
function upkeepOf({
  maintenance,
  queryBox,
  restore,
}: PostgresqlConfig): Pick<
  EngineCapabilities,
  'maintenance' | 'insight' | 'queryBox'
> {
  return {
    maintenance: maintenance
      ? MAINTENANCE_ACTIONS.map(({ id, title, description }) => ({
          id,
          title,
          description,
        }))
      : [],
    insight: true,
    queryBox: queryBox !== undefined && restore !== undefined,
  };
}
