import { chmod, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processMember } from '../framework/member';
import { retry } from '../framework/retry';
import {
  FleetConfigurationPart,
  FleetContext,
  FleetGroupDefinition,
  FleetMember,
} from '../framework/types';
import { acceptsWrites, provisionBucket, REPOSITORY_SETUP } from './bucket';
import { createAdminClient, s3Endpoint } from './client';
import {
  ADMIN_ACCESS_KEY,
  ADMIN_SECRET_KEY,
  CONTROL_PREFIX,
  POLICY_IDENTITIES,
  READONLY_ACCESS_KEY,
  READONLY_SECRET_KEY,
  WORKER_ACCESS_KEY,
  WORKER_SECRET_KEY,
} from './names';
import { FIRST_STORE, nameIn, S3Store, SECOND_STORE } from './store';

/** The ports one SeaweedFS process opens; only `s3` is for clients, the others want its tokens or certificates. */
const PORTS = [
  's3',
  's3-grpc',
  's3-master',
  's3-master-grpc',
  's3-volume',
  's3-volume-grpc',
  's3-filer',
  's3-filer-grpc',
] as const;

type PortName = (typeof PORTS)[number];

/** An S3 object store over TLS: one SeaweedFS process. */
export const s3Group: FleetGroupDefinition = groupOf(FIRST_STORE);

/** A second one that shares nothing with the first. */
export const secondS3Group: FleetGroupDefinition = {
  ...groupOf(SECOND_STORE),
  onlyWhenAsked: true,
};

function groupOf(store: S3Store): FleetGroupDefinition {
  return {
    group: store.group,
    needs: [],
    async prepare(context) {
      return [await prepareSeaweed(context, store)];
    },
    async provision(context) {
      await retry(() => provisionBucket(context, store), { seconds: 30 });
    },
    configuration: context => configuration(context, store),
  };
}

async function prepareSeaweed(
  context: FleetContext,
  store: S3Store,
): Promise<FleetMember> {
  const ports = {} as Record<PortName, number>;
  for (const name of PORTS) {
    ports[name] = await context.port(nameIn(store, name));
  }
  const folder = await context.folder(store.prefix);
  const data = await context.folder(`${store.prefix}/data`);
  const { certFile, keyFile } = await context.certificate(store.member);
  const identities = join(folder, 'identities.json');
  await writePrivate(identities, await identitiesJson(context, store));
  await writePrivate(
    join(folder, 'security.toml'),
    await securityToml(context, store, { certFile, keyFile }),
  );
  const client = await createAdminClient(context, store);
  const seaweed = context.process({
    name: store.member,
    command: await context.tool('weed'),
    args: [
      ...['-logtostderr', 'server', `-dir=${data}`],
      ...['-ip=127.0.0.1', '-ip.bind=127.0.0.1', '-master.telemetry=false'],
      `-master.port=${ports['s3-master']}`,
      `-master.port.grpc=${ports['s3-master-grpc']}`,
      // The default of 10 s makes a restart on existing data wait for a leader.
      '-master.electionTimeout=1s',
      ...['-master.volumeSizeLimitMB=64', '-volume.max=500'],
      `-volume.port=${ports['s3-volume']}`,
      `-volume.port.grpc=${ports['s3-volume-grpc']}`,
      '-volume.preStopSeconds=0',
      `-filer.port=${ports['s3-filer']}`,
      `-filer.port.grpc=${ports['s3-filer-grpc']}`,
      '-filer.disableHttp',
      // With certificates and no -s3.port.https, this one port speaks TLS only.
      ...['-s3', `-s3.port=${ports.s3}`, `-s3.port.grpc=${ports['s3-grpc']}`],
      ...[`-s3.cert.file=${certFile}`, `-s3.key.file=${keyFile}`],
      ...[`-s3.config=${identities}`, '-s3.iam=false'],
      ...['-s3.autoCreateBucket=false', '-s3.allowDeleteBucketNotEmpty=false'],
      ...['-s3.port.lance=0', '-s3.port.iceberg=0'],
    ],
    // security.toml is read from the working folder.
    cwd: folder,
    env: {
      WEED_S3_SSE_KEK: await keyEncryptionKey(context, store),
      // Otherwise each bucket takes seven volumes, and few buckets fill the store.
      WEED_MASTER_VOLUME_GROWTH_COPY_1: '1',
    },
    // Stopping takes it 15 s or more; what it acknowledged is with the kernel by then.
    stopSeconds: 1,
    ready: () => acceptsWrites(client),
    readySeconds: 60,
  });
  return processMember({
    name: store.member,
    group: store.group,
    ports: { s3: ports.s3 },
    process: seaweed,
    afterStop: async () => {
      client.destroy();
      await removeSockets(Object.values(ports));
    },
  });
}

/** SeaweedFS puts sockets named after its ports into /tmp, whatever TMPDIR says. */
async function removeSockets(ports: readonly number[]): Promise<void> {
  for (const file of await readdir('/tmp')) {
    const port = /^seaweedfs-.*-(\d+)\.sock$/.exec(file)?.[1];
    if (port && ports.includes(Number(port))) {
      await rm(join('/tmp', file), { force: true });
    }
  }
}

async function keyEncryptionKey(
  context: FleetContext,
  store: S3Store,
): Promise<string> {
  const half = (name: string) => context.secret(nameIn(store, name));
  return `${await half('s3-kek-1')}${await half('s3-kek-2')}`;
}

async function writePrivate(file: string, content: string): Promise<void> {
  await writeFile(file, content, { mode: 0o600 });
  await chmod(file, 0o600);
}

async function identitiesJson(
  context: FleetContext,
  store: S3Store,
): Promise<string> {
  const identity = async (
    name: string,
    keys: readonly [string, string],
    actions: readonly string[],
  ) => ({
    name,
    credentials: [
      {
        accessKey: await context.secret(nameIn(store, keys[0])),
        secretKey: await context.secret(nameIn(store, keys[1])),
      },
    ],
    actions,
  });
  const inBucket = (verbs: readonly string[]) =>
    verbs.map(verb => `${verb}:${store.bucket}`);
  return JSON.stringify({
    identities: [
      await identity(
        'admin',
        [ADMIN_ACCESS_KEY, ADMIN_SECRET_KEY],
        ['Admin', 'Read', 'Write', 'List', 'Tagging'],
      ),
      await identity(
        'worker',
        [WORKER_ACCESS_KEY, WORKER_SECRET_KEY],
        inBucket(['Read', 'Write', 'List', 'Tagging']),
      ),
      await identity(
        'readonly',
        [READONLY_ACCESS_KEY, READONLY_SECRET_KEY],
        inBucket(['Read', 'List']),
      ),
      ...(await Promise.all(
        POLICY_IDENTITIES.map(name =>
          identity(
            name,
            [`s3-${name}-access-key`, `s3-${name}-secret-key`],
            [],
          ),
        ),
      )),
    ],
  });
}

/** Tokens for the inner HTTP ports and mutual TLS for the inner gRPC ports. */
async function securityToml(
  context: FleetContext,
  store: S3Store,
  files: { certFile: string; keyFile: string },
): Promise<string> {
  const lines: string[] = [];
  for (const section of [
    'jwt.signing',
    'jwt.signing.read',
    'jwt.filer_signing',
    'jwt.filer_signing.read',
  ]) {
    const key = await context.secret(`${store.prefix}-${section}`);
    lines.push(`[${section}]`, `key = "${key}"`);
  }
  lines.push('[grpc]', `ca = "${context.caFile}"`);
  for (const part of ['volume', 'master', 'filer', 's3', 'client']) {
    lines.push(
      `[grpc.${part}]`,
      `cert = "${files.certFile}"`,
      `key = "${files.keyFile}"`,
    );
  }
  return `${lines.join('\n')}\n`;
}

async function configuration(
  context: FleetContext,
  store: S3Store,
): Promise<FleetConfigurationPart> {
  const file = async (name: string) => ({
    $file: await context.secretFile(nameIn(store, name)),
  });
  return {
    repositories: {
      [store.repositoryId]: {
        endpoint: await s3Endpoint(context, store),
        region: store.region,
        bucket: store.bucket,
        prefix: '',
        controlPrefix: CONTROL_PREFIX,
        forcePathStyle: true,
        caFile: context.caFile,
        accessKeyId: await file(WORKER_ACCESS_KEY),
        secretAccessKey: await file(WORKER_SECRET_KEY),
        serverSideEncryption: 'AES256',
        setup: REPOSITORY_SETUP,
      },
    },
  };
}
