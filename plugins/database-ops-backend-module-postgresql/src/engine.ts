import { Engine } from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig, readPostgresqlConfig } from './config';
import { connectCommand } from './connect';
import { takeBackup } from './backup/takeBackup';
import { readInventory } from './inventory/readInventory';
import { PostgresqlObserver } from './health/PostgresqlObserver';

import { discardRestored } from './restore/discardRestored';
import { restoreBackup } from './restore/restoreBackup';

/**
 * The PostgreSQL engine; TimescaleDB is found at run time.
 *
 * @public
 */
export const engine: Engine<PostgresqlConfig> = {
  describe: {
    kind: 'postgresql',
    title: 'PostgreSQL',
    readConfig: readPostgresqlConfig,
    members: config => config.members,
    capabilities: () => ({ verbs: [], backupTypes: [], restoreKinds: [] }),
    recoveryWindow: databaseId => ({
      databaseId,
      intervals: [],
      sentence: 'No inventory has been taken yet.',
    }),
  },
  observe: {
    createObserver: database => new PostgresqlObserver(database),
    connectCommand,
  },
  operate: {
    inventory: readInventory,
    backup: takeBackup,
    restore: restoreBackup,
    discard: discardRestored,
  },
};
