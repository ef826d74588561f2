import { join } from 'node:path';
import { processMember } from '../framework/member';
import { writeOwnedFile } from '../framework/ownedFile';
import { retry } from '../framework/retry';
import { runAsService } from '../framework/runAsService';
import { FleetContext, FleetMember } from '../framework/types';
import {
  DATABASE_HOST_ACCESS_KEY,
  DATABASE_HOST_SECRET_KEY,
  PGBACKREST_PREFIX,
  WORKER_ACCESS_KEY,
  WORKER_SECRET_KEY,
} from '../s3/names';
import { FIRST_STORE, nameIn, S3Store, SECOND_STORE } from '../s3/store';
import { PostgresqlMemberName, STANZA, WORKER_COMMON_NAME } from './names';
import { ServerPlace } from './place';

/** The secret that pgBackRest encrypts its repository with. */
export const CIPHER_SECRET = 'pgbackrest-cipher';
export const REPOSITORY_PATH = `/${PGBACKREST_PREFIX.replace(/\/$/, '')}`;

/**
 * A store that does not answer is given up after six times `io-timeout`; only
 * then all segments that wait go to the others, see docs/several-repositories.md.
 */
const SEVERAL_REPOSITORIES = [
  'archive-async=y',
  'process-max=4',
  'io-timeout=5',
];

const STANZA_SECONDS = 30;

/** pgBackRest's working folders on the database host; locks keep two runs apart. */
async function workingFolders(
  context: FleetContext,
  place: ServerPlace,
): Promise<string[]> {
  const path = async (kind: string) =>
    context.folder(`postgresql/${place.name}/pgbackrest/${kind}`, {
      owner: 'service',
    });
  return [
    `lock-path=${await path('lock')}`,
    `log-path=${await path('log')}`,
    `spool-path=${await path('spool')}`,
    'log-level-console=warn',
    'log-level-file=off',
  ];
}

function stanzaLines(place: ServerPlace): string[] {
  return [
    `[${STANZA}]`,
    `pg1-path=${place.dataDirectory}`,
    `pg1-port=${place.port}`,
    `pg1-socket-path=${place.socketDirectory}`,
    'pg1-user=postgres',
  ];
}

/** Writes the archiving configuration (with the repository's secrets, 0600) and returns the command that uses it; its account deletes nothing. */
export async function pgbackrestCommand(
  context: FleetContext,
  place: ServerPlace,
): Promise<string> {
  const file = await archiveConfiguration(context, place, {
    name: 'pgbackrest.conf',
    accessKey: DATABASE_HOST_ACCESS_KEY,
    secretKey: DATABASE_HOST_SECRET_KEY,
  });
  const tool = await context.tool('pgbackrest');
  return `${tool} --config="${file}" --stanza=${STANZA}`;
}

/** The passphrase of a store's repository; each has one of its own. */
export function cipherSecret(store: S3Store): string {
  return store === FIRST_STORE ? CIPHER_SECRET : `${CIPHER_SECRET}-2`;
}

async function repositoryLines(
  context: FleetContext,
  account: { readonly accessKey: string; readonly secretKey: string },
  { key, store }: { readonly key: number; readonly store: S3Store },
): Promise<string[]> {
  const secret = (name: string) => context.secret(nameIn(store, name));
  return [
    `repo${key}-type=s3`,
    `repo${key}-path=${REPOSITORY_PATH}`,
    `repo${key}-s3-bucket=${store.bucket}`,
    `repo${key}-s3-endpoint=127.0.0.1`,
    `repo${key}-s3-region=${store.region}`,
    `repo${key}-s3-uri-style=path`,
    `repo${key}-s3-key=${await secret(account.accessKey)}`,
    `repo${key}-s3-key-secret=${await secret(account.secretKey)}`,
    `repo${key}-storage-port=${await context.port(store.prefix)}`,
    `repo${key}-storage-ca-file=${context.caFile}`,
    `repo${key}-cipher-type=aes-256-cbc`,
    `repo${key}-cipher-pass=${await context.secret(cipherSecret(store))}`,
    `repo${key}-bundle=y`,
  ];
}

async function archiveConfiguration(
  context: FleetContext,
  place: ServerPlace,
  account: {
    readonly name: string;
    readonly accessKey: string;
    readonly secretKey: string;
  },
): Promise<string> {
  const folder = await context.folder(`postgresql/${place.name}`, {
    owner: 'service',
  });
  const file = join(folder, account.name);
  const lines = [
    '[global]',
    ...(await repositoryLines(context, account, {
      key: 1,
      store: FIRST_STORE,
    })),
    ...(context.hasGroup(SECOND_STORE.group)
      ? await repositoryLines(context, account, { key: 2, store: SECOND_STORE })
      : []),
    'compress-type=zst',
    ...(context.hasGroup(SECOND_STORE.group)
      ? SEVERAL_REPOSITORIES
      : ['io-timeout=15']),
    'archive-timeout=30',
    ...(await workingFolders(context, place)),
    ...stanzaLines(place),
  ];
  await writeOwnedFile(context, file, `${lines.join('\n')}\n`);
  return file;
}

/** Makes the stanza and proves that a segment arrives in the repository. */
export async function createStanza(
  context: FleetContext,
  place: ServerPlace,
): Promise<void> {
  const file = await archiveConfiguration(context, place, {
    name: 'stanza.conf',
    accessKey: WORKER_ACCESS_KEY,
    secretKey: WORKER_SECRET_KEY,
  });
  const run = (command: string) =>
    runAsService(context, 'pgbackrest', [
      `--config=${file}`,
      `--stanza=${STANZA}`,
      command,
    ]);
  // Asynchronous archiving, which cannot succeed yet, holds the stanza's lock while it tries.
  await retry(() => run('stanza-create'), { seconds: STANZA_SECONDS });
  await run('check');
}

/** pgBackRest's TLS server beside a PostgreSQL member. */
export const SERVERS = {
  'fleet-pg-1': 'fleet-pgbackrest',
  'fleet-pg-2': 'fleet-pgbackrest-2',
} as const satisfies Record<PostgresqlMemberName, string>;

export function serverConfigurationFile(
  context: FleetContext,
  member: PostgresqlMemberName = 'fleet-pg-1',
): string {
  return join(context.directory, 'postgresql', SERVERS[member], 'server.conf');
}

/** pgBackRest's TLS server beside a server: it holds no repository option and no repository secret. */
export async function pgbackrestServer(
  context: FleetContext,
  place: ServerPlace,
): Promise<FleetMember> {
  const name = SERVERS[place.name];
  const port = await context.port(name);
  await context.folder(`postgresql/${name}`, { owner: 'service' });
  const config = serverConfigurationFile(context, place.name);
  const { certFile, keyFile } = await context.certificate(name, {
    owner: 'service',
  });
  const lines = [
    '[global]',
    'tls-server-address=127.0.0.1',
    `tls-server-port=${port}`,
    `tls-server-ca-file=${context.caFile}`,
    `tls-server-cert-file=${certFile}`,
    `tls-server-key-file=${keyFile}`,
    `tls-server-auth=${WORKER_COMMON_NAME}=${STANZA}`,
    ...(await workingFolders(context, place)),
    ...stanzaLines(place),
  ];
  return processMember({
    name,
    group: 'postgresql',
    ports: { tls: port },
    process: context.process({
      name,
      command: await context.tool('pgbackrest'),
      args: [`--config=${config}`, 'server'],
      asServiceUser: true,
      stopSeconds: 5,
      ready: async () => {
        await runAsService(context, 'pgbackrest', [
          `--config=${config}`,
          'server-ping',
        ]);
        return true;
      },
      readySeconds: 20,
    }),
    beforeStart: () => writeOwnedFile(context, config, `${lines.join('\n')}\n`),
  });
}
