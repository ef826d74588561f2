import {
  Freshness,
  FreshnessState,
  Signal,
  SignalStatus,
  describeSeconds,
} from 'backstage-plugin-database-ops-common';
import { signalOf } from 'backstage-plugin-database-ops-node';

const STATUS: Record<FreshnessState, SignalStatus> = {
  kept: 'ok',
  missed: 'critical',
  unknown: 'unknown',
  'no-objective': 'ok',
};

/** Freshness as one of the database's signals. */
export function backupAgeSignal(
  freshness: Freshness,
  observedAt: Date,
): Signal {
  return signalOf(STATUS[freshness.state], {
    id: 'backup-age',
    title: 'Backup age',
    sentence: freshness.sentence,
    value: freshness.ageSeconds,
    unit: freshness.ageSeconds === undefined ? undefined : 's',
    threshold:
      freshness.objectiveSeconds === undefined
        ? undefined
        : `critical above ${describeSeconds(freshness.objectiveSeconds)}`,
    observedAt,
  });
}
