import { RunContext } from 'backstage-plugin-database-ops-node';
import {
  OPERATION_ANNOTATION,
  REQUESTED_BY_ANNOTATION,
} from '../inventory/backups';

/** pgBackRest keeps annotations in the backup's manifest and shows them in `info`. */
const SCHEDULE_ANNOTATION = 'schedule';
const POLICY_ANNOTATION = 'policy';

/** A schedule requests as `schedule:<database>/<name>`. */
const SCHEDULE = /^schedule:[^/]+\/(.+)$/;

/** What ties a backup in the repository to its operation, as `key=value`. */
export function annotationsOf({
  operationId,
  requestedBy,
  policyName,
}: Pick<RunContext, 'operationId' | 'requestedBy' | 'policyName'>): string[] {
  const [, schedule] = SCHEDULE.exec(requestedBy) ?? [];
  return [
    [OPERATION_ANNOTATION, operationId],
    [REQUESTED_BY_ANNOTATION, requestedBy],
    [SCHEDULE_ANNOTATION, schedule],
    [POLICY_ANNOTATION, policyName],
  ].flatMap(([key, value]) => (value ? [`${key}=${value}`] : []));
}
