import { dirname, join } from 'node:path';
import { processMember } from '../framework/member';
import { repositoryRoot } from '../framework/paths';
import { retry } from '../framework/retry';
import {
  FleetConfigurationPart,
  FleetContext,
  FleetGroupDefinition,
  FleetMember,
} from '../framework/types';
import { FIRST_STORE, SECOND_STORE } from '../s3/store';
import { loadPostgresql } from './load';
import {
  DATABASE,
  DATABASE_ID,
  MEMBERS,
  PostgresqlMemberName,
  STANDBY_SLOT,
  STANZA,
  WORKER_COMMON_NAME,
} from './names';
import {
  CIPHER_SECRET,
  cipherSecret,
  createStanza,
  pgbackrestServer,
  REPOSITORY_PATH,
  SERVERS,
  serverConfigurationFile,
} from './pgbackrest';
import { provisionDatabase, provisionRoles, roleSecret } from './provision';
import {
  removeSocketDirectory,
  ServerPlace,
  serverPlace,
  withSuperuser,
} from './place';
import {
  cloneFrom,
  configure,
  hasTimescale,
  initialise,
  isInitialised,
  isStandby,
} from './server';

/** Restored copies listen below the range that members draw their ports from. */
const RESTORE_PORTS = '12000-14999';

/** A primary with a streaming standby, archiving to S3, and pgBackRest's TLS server. */
export const postgresqlGroup: FleetGroupDefinition = {
  group: 'postgresql',
  needs: ['s3'],
  follows: [SECOND_STORE.group],
  async prepare(context) {
    const primary = await serverPlace(context, 'fleet-pg-1');
    return [
      await server(context, 'fleet-pg-1'),
      await server(context, 'fleet-pg-2'),
      await pgbackrestServer(context, primary),
      await pgbackrestServer(context, await serverPlace(context, 'fleet-pg-2')),
    ];
  },
  async provision(context) {
    const primary = await serverPlace(context, 'fleet-pg-1');
    await provisionRoles(context, primary);
    await provisionDatabase(primary, await hasTimescale(context));
    await retry(() => requireStreaming(primary), { seconds: 30 });
    await createStanza(context, primary);
  },
  configuration,
  load: loadPostgresql,
};

async function server(
  context: FleetContext,
  name: PostgresqlMemberName,
): Promise<FleetMember> {
  const place = await serverPlace(context, name);
  return processMember({
    name,
    group: 'postgresql',
    ports: { client: place.port },
    process: context.process({
      name,
      command: await context.tool('postgres'),
      args: ['-D', place.dataDirectory],
      asServiceUser: true,
      // Fast shutdown: sessions end, nothing is lost.
      stopSignal: 'SIGINT',
      // A failing archive holds the shutdown up; crash recovery covers the rest.
      stopSeconds: 10,
      ready: () =>
        withSuperuser(place, async client => {
          const { rows } = await client.query<{ standby: boolean }>(
            'SELECT pg_is_in_recovery() AS standby',
          );
          return isStandby(name) || rows[0]?.standby === false;
        }),
      readySeconds: 60,
    }),
    beforeStart: () =>
      isStandby(name)
        ? prepareStandby(context, place)
        : preparePrimary(context, place),
    // From version 15 on the checkpointer starts before recovery ends, and then
    // looks at archive_timeout only after a whole checkpoint_timeout, unless woken.
    afterStart: () =>
      withSuperuser(place, async client => {
        await client.query('SELECT pg_reload_conf()');
      }),
    afterStop: () => removeSocketDirectory(context),
  });
}

async function preparePrimary(
  context: FleetContext,
  place: ServerPlace,
): Promise<void> {
  if (!(await isInitialised(place))) {
    await initialise(context, place);
  }
  await configure(context, place);
}

async function prepareStandby(
  context: FleetContext,
  place: ServerPlace,
): Promise<void> {
  const primary = await serverPlace(context, 'fleet-pg-1');
  if (!(await isInitialised(place))) {
    await provisionRoles(context, primary);
    await cloneFrom(context, primary, place, STANDBY_SLOT);
  }
  await configure(context, place, { primary, slot: STANDBY_SLOT });
}

async function requireStreaming(primary: ServerPlace): Promise<void> {
  await withSuperuser(primary, async client => {
    const { rowCount } = await client.query(
      `SELECT FROM pg_stat_replication WHERE application_name = 'fleet-pg-2' AND state = 'streaming'`,
    );
    if (rowCount !== 1) {
      throw new Error(
        'fleet-pg-2 does not stream from fleet-pg-1; see logs/fleet-pg-2.log in the fleet folder',
      );
    }
  });
}

/** As a service manager would be asked: it keeps the book of what runs. */
function fleetCommand(
  { directory }: FleetContext,
  verb: 'start' | 'stop',
  member: PostgresqlMemberName,
): readonly string[] {
  return [
    process.execPath,
    join(repositoryRoot(), 'scripts/ts.mjs'),
    join(repositoryRoot(), 'packages/local-fleet/src/cli.ts'),
    verb,
    member,
    '--directory',
    directory,
  ];
}

async function configuration(
  context: FleetContext,
): Promise<FleetConfigurationPart> {
  const primary = await serverPlace(context, 'fleet-pg-1');
  const standby = await serverPlace(context, 'fleet-pg-2');
  const worker = await context.certificate(WORKER_COMMON_NAME);
  const members = [];
  for (const name of MEMBERS) {
    members.push({ name, host: '127.0.0.1', port: await context.port(name) });
  }
  return {
    databases: {
      [DATABASE_ID]: {
        title: 'Analytics TimescaleDB',
        engine: 'postgresql',
        environment: 'production',
        entity: `resource:default/${DATABASE_ID}`,
        repository: FIRST_STORE.repositoryId,
        ...(context.hasGroup(SECOND_STORE.group) && {
          additionalRepositories: [SECOND_STORE.repositoryId],
        }),
        policy: 'gold',
        postgresql: {
          members,
          database: DATABASE,
          username: 'dbops_monitor',
          password: {
            $file: await context.secretFile(roleSecret('dbops_monitor')),
          },
          tls: { caFile: context.caFile },
          pgbackrest: {
            command: await context.tool('pgbackrest'),
            stanza: STANZA,
            host: '127.0.0.1',
            port: await context.port('fleet-pgbackrest'),
            caFile: worker.caFile,
            certFile: worker.certFile,
            keyFile: worker.keyFile,
            serverConfig: serverConfigurationFile(context),
            dataDirectory: primary.dataDirectory,
            databasePort: primary.port,
            socketDirectory: primary.socketDirectory,
            // After a failover pgBackRest finds the primary among both.
            standbyHosts: [
              {
                host: '127.0.0.1',
                port: await context.port(SERVERS['fleet-pg-2']),
                serverConfig: serverConfigurationFile(context, 'fleet-pg-2'),
                dataDirectory: standby.dataDirectory,
                databasePort: standby.port,
                socketDirectory: standby.socketDirectory,
              },
            ],
            repositoryPath: REPOSITORY_PATH,
            cipherPass: { $file: await context.secretFile(CIPHER_SECRET) },
            ...(context.hasGroup(SECOND_STORE.group) && {
              cipherPasses: {
                [SECOND_STORE.repositoryId]: {
                  $file: await context.secretFile(cipherSecret(SECOND_STORE)),
                },
              },
            }),
          },
          maintenance: {
            username: 'dbops_maintenance',
            password: {
              $file: await context.secretFile(roleSecret('dbops_maintenance')),
            },
          },
          queryBox: { username: 'dbops_query' },
          canary: { intervalSeconds: 10 },
          restore: {
            directory: await context.folder('restores', { owner: 'service' }),
            binDirectory: dirname(await context.tool('postgres')),
            portRange: RESTORE_PORTS,
            ...(context.serviceUser && { runAs: context.serviceUser.name }),
          },
          inPlace: {
            directory: await context.folder('in-place', { owner: 'service' }),
            member: primary.name,
            stop: fleetCommand(context, 'stop', primary.name),
            start: fleetCommand(context, 'start', primary.name),
          },
        },
      },
    },
  };
}
