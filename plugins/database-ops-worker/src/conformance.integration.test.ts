import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isError } from '@backstage/errors';
import { engineConformance } from 'backstage-plugin-database-ops-node/testing';
import {
  engine,
  ToyConfig,
} from 'backstage-plugin-database-ops-node/toy-engine';
import { DatabaseDefinition } from 'backstage-plugin-database-ops-node';
import { TOY_PASSPHRASE, ToyWorkshop } from './__testUtils__/ToyWorkshop';

engineConformance<ToyConfig>({
  engine,
  engineModule: 'backstage-plugin-database-ops-node/toy-engine',
  wrongConfig: {
    raw: { directory: '/x', restoreDirectory: 7, passphrase: 'p' },
    key: 'restoreDirectory',
  },
  prepare: async () => {
    const workshop = await ToyWorkshop.create();
    const database = (await workshop.newDatabase(
      'toy',
    )) as DatabaseDefinition<ToyConfig>;
    return {
      database,
      // A folder that may not be read stands for refused credentials.
      refused: {
        ...database,
        config: { ...database.config, directory: '/nowhere' },
      },
      secrets: [TOY_PASSPHRASE, workshop.repository.secretAccessKey.reveal()],
      operate: {
        repository: workshop.repository,
        executor: workshop.executor,
        slowBackupParameters: { type: 'full', slowSeconds: 60 },
        listBackups: async () => {
          const ids: string[] = [];
          for await (const { key } of workshop.store.list('toy/toy/')) {
            if (key.endsWith('/manifest.json')) {
              ids.push(key.split('/')[2]);
            }
          }
          return ids;
        },
        occupyRestorePlace: async operationId => {
          const place = join(database.config.restoreDirectory, operationId);
          await mkdir(place, { recursive: true });
          await writeFile(join(place, 'somebody-elses'), 'precious');
        },
        isLeft: async ({ directory }) => {
          try {
            await stat(directory);
            return true;
          } catch (error) {
            if (isError(error) && error.code === 'ENOENT') {
              return false;
            }
            throw error;
          }
        },
      },
      close: () => workshop.close(),
    };
  },
});
