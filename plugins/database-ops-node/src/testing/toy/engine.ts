/**
 * A small engine over a folder of files: it shows that an engine can be added
 * without touching the rest, and lets worker and portal be tested without a
 * database server.
 */
import { readdir, readFile } from 'node:fs/promises';
import { RecoveryWindow } from 'backstage-plugin-database-ops-common';
import { z } from 'zod';
import { parseConfig, secretString } from '../../engine/secretSchema';
import { checkSignal, criticalSignal, okSignal } from '../../engine/signals';
import { Engine } from '../../engine/types';
import { Inventory } from '../../inventory/types';
import { toyOperation } from './operate';

const toyConfigSchema = z.strictObject({
  /** The folder that plays the database. */
  directory: z.string(),
  /** Where restores go, each to a folder of its operation's id. */
  restoreDirectory: z.string(),
  passphrase: secretString(),
});

/** @public */
export type ToyConfig = z.output<typeof toyConfigSchema>;

/**
 * The toy engine.
 *
 * @public
 */
export const engine: Engine<ToyConfig> = {
  describe: {
    kind: 'toy',
    title: 'Toy',
    readConfig: (raw, path) => parseConfig(toyConfigSchema, raw, path),
    members: () => [{ name: 'toy-1', host: '127.0.0.1', port: 1 }],
    capabilities: () => ({
      verbs: ['inventory', 'backup', 'restore', 'verify', 'expire', 'discard'],
      backupTypes: [
        { id: 'full', title: 'Full', description: 'Every file of the folder.' },
      ],
      restoreKinds: [
        {
          id: 'latest',
          title: 'Latest backup',
          description: 'The newest backup.',
        },
        {
          id: 'backup',
          title: 'A backup',
          description: 'A backup chosen by its id.',
        },
      ],
      verificationDepths: [
        {
          id: 'restore',
          title: 'Restore',
          description: 'Every file of the newest backup is read again.',
        },
        {
          id: 'repository',
          title: 'Repository',
          description: 'Every file of the newest backup is there.',
        },
      ],
    }),
    recoveryWindow: (databaseId, inventory) => windowOf(databaseId, inventory),
  },
  observe: {
    createObserver: ({ config }) => ({
      checkHealth: async ({ signal }) => ({
        signals: await checkSignal({
          id: 'reachable',
          title: 'Reachable',
          member: 'toy-1',
          timeoutSeconds: 5,
          signal,
          check: async () => {
            const names = await readdir(config.directory);
            const facts = {
              id: 'reachable',
              title: 'Reachable',
              member: 'toy-1',
            };
            if (!names.includes('down')) {
              return okSignal({
                ...facts,
                sentence: `toy-1 has ${names.length} files.`,
              });
            }
            const why = (
              await readFile(`${config.directory}/down`, 'utf8')
            ).trim();
            return criticalSignal({
              ...facts,
              sentence: `toy-1 is down: ${why}.`,
              down: true,
            });
          },
        }),
        engineVersion: 'Toy 1.0',
      }),
      close: async () => {},
    }),
    connectCommand: ({ config }) => ({
      command: 'ls',
      args: ['-l', config.directory],
    }),
  },
  operate: toyOperation,
};

function windowOf(
  databaseId: string,
  inventory: Inventory | undefined,
): RecoveryWindow {
  const count = inventory?.backups.length ?? 0;
  return {
    databaseId,
    intervals: [],
    sentence: `${count} backups can be restored.`,
    ...(inventory ? { observedAt: inventory.observedAt } : {}),
  };
}
