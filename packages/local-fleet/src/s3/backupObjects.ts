import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { FleetContext } from '../framework/types';
import { createAdminClient } from './client';
import { BACKUP_BUCKET } from './names';

/**
 * What the repository holds below a prefix, by key, as the object store's
 * administrator reads it: tests judge by this, not by what the product says.
 *
 * @public
 */
export async function readBackupObjects(
  context: FleetContext,
  prefix: string,
): Promise<ReadonlyMap<string, string>> {
  const client = await createAdminClient(context);
  try {
    const objects = new Map<string, string>();
    for (const key of await keysBelow(client, prefix)) {
      const { Body } = await client.send(
        new GetObjectCommand({ Bucket: BACKUP_BUCKET, Key: key }),
      );
      objects.set(key, (await Body?.transformToString()) ?? '');
    }
    return objects;
  } finally {
    client.destroy();
  }
}

/**
 * Takes objects below a prefix away from under the product, as damage does:
 * those that are chosen from all keys. Returns their keys.
 *
 * @public
 */
export async function removeBackupObjects(
  context: FleetContext,
  prefix: string,
  choose: (keys: readonly string[]) => readonly string[],
): Promise<readonly string[]> {
  const client = await createAdminClient(context);
  try {
    const chosen = choose(await keysBelow(client, prefix));
    for (const Key of chosen) {
      await client.send(
        new DeleteObjectCommand({ Bucket: BACKUP_BUCKET, Key }),
      );
    }
    return chosen;
  } finally {
    client.destroy();
  }
}

/**
 * The version of an object that is the current one, for a try to end it later
 * on: by then it may be marked as deleted.
 *
 * @public
 */
export async function currentBackupVersion(
  context: FleetContext,
  key: string,
): Promise<string> {
  const client = await createAdminClient(context);
  try {
    const { VersionId } = await client.send(
      new HeadObjectCommand({ Bucket: BACKUP_BUCKET, Key: key }),
    );
    if (VersionId === undefined) {
      throw new Error(`Object '${key}' has no version.`);
    }
    return VersionId;
  } finally {
    client.destroy();
  }
}

/**
 * Ends a version for good, as the store's administrator who does not ask to
 * bypass a lock; rejects where the store refuses it.
 *
 * @public
 */
export async function endBackupVersion(
  context: FleetContext,
  key: string,
  versionId: string,
): Promise<void> {
  const client = await createAdminClient(context);
  try {
    await client.send(
      new DeleteObjectCommand({
        Bucket: BACKUP_BUCKET,
        Key: key,
        VersionId: versionId,
      }),
    );
  } finally {
    client.destroy();
  }
}

async function keysBelow(
  client: S3Client,
  prefix: string,
): Promise<readonly string[]> {
  const keys: string[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({
        Bucket: BACKUP_BUCKET,
        Prefix: prefix,
        ContinuationToken: token,
      }),
    );
    keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []));
    token = page.NextContinuationToken;
  } while (token);
  return keys;
}
