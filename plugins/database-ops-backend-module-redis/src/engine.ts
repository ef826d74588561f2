/**
 * The Redis engine, free of backend APIs: the worker loads this entry.
 *
 * @packageDocumentation
 */
import { Engine } from 'backstage-plugin-database-ops-node';
import { RedisConfig, readRedisConfig } from './config';
import { redisConnectCommand } from './connect';
import { RedisObserver } from './RedisObserver';

export type { RedisConfig } from './config';

/**
 * Observes Redis and Redis Cluster. It takes no backups in this version: its
 * capabilities name none.
 *
 * @public
 */
export const engine: Engine<RedisConfig> = {
  describe: {
    kind: 'redis',
    title: 'Redis',
    readConfig: readRedisConfig,
    members: config =>
      config.members.map(({ name, host, port }) => ({ name, host, port })),
    capabilities: () => ({ verbs: [], backupTypes: [], restoreKinds: [] }),
    recoveryWindow: databaseId => ({
      databaseId,
      intervals: [],
      sentence: 'There are no backups of this Redis to restore from.',
    }),
  },
  observe: {
    createObserver: database => new RedisObserver(database.config),
    connectCommand: redisConnectCommand,
  },
  operate: {},
};
