/**
 * The Kafka engine, free of backend APIs: the worker loads this entry.
 *
 * @packageDocumentation
 */
import { Engine } from 'backstage-plugin-database-ops-node';
import { KafkaConfig, readKafkaConfig } from './config';
import { kafkaConnectCommand } from './connect';
import { KafkaObserver } from './KafkaObserver';

export type { KafkaConfig } from './config';

/**
 * Observes Kafka in KRaft mode. It takes no backups in this version: its
 * capabilities name none.
 *
 * @public
 */
export const engine: Engine<KafkaConfig> = {
  describe: {
    kind: 'kafka',
    title: 'Kafka',
    readConfig: readKafkaConfig,
    members: config =>
      config.members.map(({ name, host, port }) => ({ name, host, port })),
    capabilities: () => ({ verbs: [], backupTypes: [], restoreKinds: [] }),
    recoveryWindow: databaseId => ({
      databaseId,
      intervals: [],
      sentence: 'There are no backups of this Kafka to restore from.',
    }),
  },
  observe: {
    createObserver: database => new KafkaObserver(database.config),
    connectCommand: kafkaConnectCommand,
  },
  operate: {},
};
