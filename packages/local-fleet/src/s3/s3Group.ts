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
  BACKUP_BUCKET,
  CONTROL_PREFIX,
  POLICY_IDENTITIES,
  READONLY_ACCESS_KEY,
  READONLY_SECRET_KEY,
  REPOSITORY_ID,
  S3_REGION,
  WORKER_ACCESS_KEY,
  WORKER_SECRET_KEY,
} from './names';

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
export const s3Group: FleetGroupDefinition = {
  group: 's3',
  needs: [],
  async prepare(context) {
    return [await prepareSeaweed(context)];
  },
  async provision(context) {
    await retry(() => provisionBucket(context), { seconds: 30 });
  },
  configuration,
};

async function prepareSeaweed(context: FleetContext): Promise<FleetMember> {
  const ports = {} as Record<PortName, number>;
  for (const name of PORTS) {
    ports[name] = await context.port(name);
  }
  const folder = await context.folder('s3');
  const data = await context.folder('s3/data');
  const { certFile, keyFile } = await context.certificate('fleet-s3');
  const identities = join(folder, 'identities.json');
  await writePrivate(identities, await identitiesJson(context));
  await writePrivate(
    join(folder, 'security.toml'),
    await securityToml(context, { certFile, keyFile }),
  );
  const client = await createAdminClient(context);
  const seaweed = context.process({
    name: 'fleet-s3',
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
      WEED_S3_SSE_KEK: await keyEncryptionKey(context),
      // Otherwise each bucket takes seven volumes, and few buckets fill the store.
      WEED_MASTER_VOLUME_GROWTH_COPY_1: '1',
    },
    // Stopping takes it 15 s or more; what it acknowledged is with the kernel by then.
    stopSeconds: 1,
    ready: () => acceptsWrites(client),
    readySeconds: 60,
  });
  return processMember({
    name: 'fleet-s3',
    group: 's3',
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

async function keyEncryptionKey(context: FleetContext): Promise<string> {
  return `${await context.secret('s3-kek-1')}${await context.secret(
    's3-kek-2',
  )}`;
}

async function writePrivate(file: string, content: string): Promise<void> {
  await writeFile(file, content, { mode: 0o600 });
  await chmod(file, 0o600);
}

async function identitiesJson(context: FleetContext): Promise<string> {
  const identity = async (
    name: string,
    keys: readonly [string, string],
    actions: readonly string[],
  ) => ({
    name,
    credentials: [
      {
        accessKey: await context.secret(keys[0]),
        secretKey: await context.secret(keys[1]),
      },
    ],
    actions,
  });
  const inBucket = (verbs: readonly string[]) =>
    verbs.map(verb => `${verb}:${BACKUP_BUCKET}`);
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
  files: { certFile: string; keyFile: string },
): Promise<string> {
  const lines: string[] = [];
  for (const section of [
    'jwt.signing',
    'jwt.signing.read',
    'jwt.filer_signing',
    'jwt.filer_signing.read',
  ]) {
    const key = await context.secret(`s3-${section}`);
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
): Promise<FleetConfigurationPart> {
  const file = async (name: string) => ({
    $file: await context.secretFile(name),
  });
  return {
    repositories: {
      [REPOSITORY_ID]: {
        endpoint: await s3Endpoint(context),
        region: S3_REGION,
        bucket: BACKUP_BUCKET,
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
