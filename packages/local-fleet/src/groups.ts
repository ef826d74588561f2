import { FleetGroupDefinition } from './framework/types';
import { kafkaGroup } from './kafka';
import { monitoringGroup } from './monitoring/monitoringGroup';
import { postgresqlGroup } from './postgresql/postgresqlGroup';
import { redisGroup } from './redis';
import { s3Group, secondS3Group } from './s3/s3Group';
import { zookeeperGroup } from './zookeeper';

/** Every group of the fleet; a group comes behind those it needs. */
export const GROUPS: readonly FleetGroupDefinition[] = [
  s3Group,
  secondS3Group,
  postgresqlGroup,
  redisGroup,
  kafkaGroup,
  zookeeperGroup,
  monitoringGroup,
];
