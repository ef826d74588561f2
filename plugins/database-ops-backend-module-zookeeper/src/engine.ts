/**
 * The ZooKeeper engine, free of backend APIs: the worker loads this entry.
 *
 * @packageDocumentation
 */
import { Engine } from 'backstage-plugin-database-ops-node';
import { ZooKeeperConfig, readZooKeeperConfig } from './config';
import { zooKeeperConnectCommand } from './connect';
import { ZooKeeperObserver } from './ZooKeeperObserver';

export type { ZooKeeperConfig, ZooKeeperMember } from './config';

/**
 * Observes a ZooKeeper ensemble. It takes no backups in this version: its
 * capabilities name none.
 *
 * @public
 */
export const engine: Engine<ZooKeeperConfig> = {
  describe: {
    kind: 'zookeeper',
    title: 'ZooKeeper',
    readConfig: readZooKeeperConfig,
    members: config =>
      config.members.map(({ name, host, port }) => ({ name, host, port })),
    capabilities: () => ({ verbs: [], backupTypes: [], restoreKinds: [] }),
    recoveryWindow: databaseId => ({
      databaseId,
      intervals: [],
      sentence: 'There are no backups of this ZooKeeper to restore from.',
    }),
  },
  observe: {
    createObserver: database => new ZooKeeperObserver(database.config),
    connectCommand: zooKeeperConnectCommand,
  },
  operate: {},
};
