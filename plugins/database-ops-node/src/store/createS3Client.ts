import { readFile } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { S3Client } from '@aws-sdk/client-s3';
import { InputError } from '@backstage/errors';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { RepositoryDefinition } from '../databases/types';
import { Secret } from '../secrets/Secret';

/**
 * How long and how often a client of a repository's store asks.
 *
 * @public
 */
export interface S3ObjectStoreOptions {
  /** 5 when absent. */
  readonly connectTimeoutSeconds?: number;
  /** Time without an answer until a request fails; 30 when absent. */
  readonly requestTimeoutSeconds?: number;
  /** 3 when absent. */
  readonly maxAttempts?: number;
}

/**
 * An account of a store.
 *
 * @public
 */
export interface S3Credentials {
  readonly accessKeyId: Secret;
  readonly secretAccessKey: Secret;
  /** Of credentials that a token service gave for a while. */
  readonly sessionToken?: Secret;
}

/**
 * A client of a repository's store.
 *
 * @throws InputError when the file with the certificate authority cannot be read.
 */
export async function createS3Client(
  repository: RepositoryDefinition,
  options: S3ObjectStoreOptions = {},
  credentials: S3Credentials = repository,
): Promise<S3Client> {
  const requestTimeoutMs = (options.requestTimeoutSeconds ?? 30) * 1000;
  const agent = { keepAlive: true, maxSockets: 16 };
  return new S3Client({
    region: repository.region,
    endpoint: repository.endpoint,
    forcePathStyle: repository.forcePathStyle,
    credentials: {
      accessKeyId: credentials.accessKeyId.reveal(),
      secretAccessKey: credentials.secretAccessKey.reveal(),
      sessionToken: credentials.sessionToken?.reveal(),
    },
    maxAttempts: options.maxAttempts ?? 3,
    retryMode: 'standard',
    requestHandler: new NodeHttpHandler({
      connectionTimeout: (options.connectTimeoutSeconds ?? 5) * 1000,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      socketTimeout: requestTimeoutMs,
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent({
        ...agent,
        ca: await readAuthority(repository),
      }),
    }),
  });
}

async function readAuthority(
  repository: RepositoryDefinition,
): Promise<Buffer | undefined> {
  if (repository.caFile === undefined) {
    return undefined;
  }
  try {
    return await readFile(repository.caFile);
  } catch (thrown) {
    throw new InputError(
      `The certificate authority '${repository.caFile}' of repository '${repository.id}' cannot be read; correct databaseOps.repositories.${repository.id}.caFile.`,
      thrown,
    );
  }
}
