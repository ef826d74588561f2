import { FleetGroupDefinition } from './framework/types';
import { monitoringGroup } from './monitoring/monitoringGroup';
import { postgresqlGroup } from './postgresql/postgresqlGroup';
import { s3Group } from './s3/s3Group';

/** Every group of the fleet; a group comes behind those it needs. */
export const GROUPS: readonly FleetGroupDefinition[] = [
  s3Group,
  postgresqlGroup,
  monitoringGroup,
];
