// A toy whose restore has taken the place of its source when it is cancelled.
import { once } from 'node:events';
import { Engine } from 'backstage-plugin-database-ops-node';
import {
  engine as toy,
  ToyConfig,
} from 'backstage-plugin-database-ops-node/toy-engine';

export const engine: Engine<ToyConfig> = {
  ...toy,
  operate: {
    ...toy.operate,
    restore: async ({ database }, { mode }, { clock, progress, signal }) => {
      const aborted = once(signal, 'abort');
      progress({ step: 'In the place of its source' });
      await aborted;
      return {
        mode: mode === 'in-place' ? 'in-place' : 'new-place',
        backupId: 'backup-1',
        state: 'running',
        directory: database.config.directory,
        expiresAt: clock().toISOString(),
        connection: {},
        facts: {},
      };
    },
  },
};
