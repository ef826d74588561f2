import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { FleetContext } from '../framework/types';
import { ADMIN_ACCESS_KEY, ADMIN_SECRET_KEY } from './names';
import { FIRST_STORE, nameIn, S3Store } from './store';

/** A client of the fleet's object store as its administrator. */
export async function createAdminClient(
  context: FleetContext,
  store: S3Store = FIRST_STORE,
): Promise<S3Client> {
  return new S3Client({
    endpoint: await s3Endpoint(context, store),
    region: store.region,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: {
      accessKeyId: await context.secret(nameIn(store, ADMIN_ACCESS_KEY)),
      secretAccessKey: await context.secret(nameIn(store, ADMIN_SECRET_KEY)),
    },
    requestHandler: new NodeHttpHandler({
      httpsAgent: new Agent({ ca: await readFile(context.caFile) }),
      connectionTimeout: 2_000,
      requestTimeout: 15_000,
    }),
  });
}

export async function s3Endpoint(
  context: FleetContext,
  store: S3Store = FIRST_STORE,
): Promise<string> {
  return `https://127.0.0.1:${await context.port(store.prefix)}`;
}
