import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from 'backstage-plugin-database-ops-node';
import { engineConformance } from 'backstage-plugin-database-ops-node/testing';
import { LocalExecutor } from 'backstage-plugin-database-ops-worker';
import { FleetLoan } from 'local-fleet';
import { PostgresqlConfig } from './config';
import { engine } from './engine';
import { RestorePlace } from './restore/RestorePlace';
import {
  fleetTarget,
  recordedRun,
  withAdmin,
} from './__testUtils__/fleetDatabase';

engineConformance<PostgresqlConfig>({
  engine,
  engineModule:
    'backstage-plugin-database-ops-backend-module-postgresql/engine',
  wrongConfig: {
    raw: {
      members: [{ name: 'one', host: 'one.example', port: 5432 }],
      database: 'app',
      username: 'monitor',
      password: 'p',
      databse: 'app',
    },
    key: 'databse',
  },
  prepare: async () => {
    const loan = await FleetLoan.take({ only: ['s3', 'postgresql'] });
    const { fleet } = loan;
    // Enough data that a backup can be interrupted in its midst.
    await withAdmin(fleet, client =>
      client.query(
        'CREATE TABLE public.bulk AS SELECT n, md5(n::text) || md5((n * 7)::text) AS body FROM generate_series(1, 600000) AS n',
      ),
    );
    const stateDirectory = await mkdtemp(
      join(tmpdir(), 'postgresql-conformance-'),
    );
    // Every verb has what it needs, so that each is listed.
    const { database, repository } = await fleetTarget(fleet, {
      rotation: {},
      credentialsFile: join(stateDirectory, 'not-rotated-yet.json'),
    });
    const { config } = database;
    const restoreDirectory = config.restore!.directory;
    const occupied: string[] = [];
    return {
      database,
      refused: {
        ...database,
        config: { ...config, password: new Secret('not-the-password') },
      },
      secrets: [
        config.password.reveal(),
        config.pgbackrest!.cipherPass!.reveal(),
        repository.secretAccessKey.reveal(),
      ],
      operate: {
        repository,
        executor: await LocalExecutor.create({ stateDirectory }),
        listBackups: async () => {
          const { context } = await recordedRun(repository, {
            operationId: 'listing',
            stateDirectory,
          });
          const { backups } = await engine.operate.inventory!(
            { database, repository },
            context,
          );
          return backups.map(({ id }) => id);
        },
        occupyRestorePlace: async operationId => {
          const place = RestorePlace.pathOf(
            restoreDirectory,
            database.id,
            operationId,
          );
          occupied.push(place);
          await mkdir(place, { recursive: true });
          await writeFile(join(place, 'somebody-elses'), 'precious');
        },
        isLeft: async ({ directory }) => existsSync(directory),
      },
      close: async () => {
        await withAdmin(fleet, client =>
          client.query('DROP TABLE public.bulk'),
        );
        for (const place of occupied) {
          await rm(place, { recursive: true, force: true });
        }
        await loan.giveBack();
        await rm(stateDirectory, { recursive: true, force: true });
      },
    };
  },
});
