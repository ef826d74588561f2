import {
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { FleetContext } from '../framework/types';
import { createAdminClient } from './client';
import { BACKUP_BUCKET } from './names';

const VACUUM_SECONDS = 120;

/**
 * Gives the disk back what was removed from the repository below a prefix: ends
 * versions that are not current, past their locks as the store's administrator
 * may, and lets the store rewrite its files without them.
 *
 * @public
 */
export async function reclaimBackupSpace(
  context: FleetContext,
  prefix: string,
): Promise<void> {
  const client = await createAdminClient(context);
  try {
    await endRemovedVersions(client, prefix);
  } finally {
    client.destroy();
  }
  const master = await context.port('s3-master');
  const response = await fetch(
    `http://127.0.0.1:${master}/vol/vacuum?garbageThreshold=0.01`,
    { signal: AbortSignal.timeout(VACUUM_SECONDS * 1000) },
  );
  if (!response.ok) {
    throw new Error(
      `The store did not give space back: ${response.status} ${await response.text()}`,
    );
  }
}

async function endRemovedVersions(
  client: S3Client,
  prefix: string,
): Promise<void> {
  let marker: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (marker) {
    const page: {
      readonly Versions?: {
        Key?: string;
        VersionId?: string;
        IsLatest?: boolean;
      }[];
      readonly DeleteMarkers?: { Key?: string; VersionId?: string }[];
      readonly IsTruncated?: boolean;
      readonly NextKeyMarker?: string;
      readonly NextVersionIdMarker?: string;
    } = await client.send(
      new ListObjectVersionsCommand({
        Bucket: BACKUP_BUCKET,
        Prefix: prefix,
        ...marker,
      }),
    );
    const removed = [
      ...(page.Versions ?? []).filter(({ IsLatest }) => !IsLatest),
      ...(page.DeleteMarkers ?? []),
    ].map(({ Key, VersionId }) => ({ Key: Key!, VersionId }));
    if (removed.length > 0) {
      const { Errors = [] } = await client.send(
        new DeleteObjectsCommand({
          Bucket: BACKUP_BUCKET,
          Delete: { Objects: removed, Quiet: true },
          BypassGovernanceRetention: true,
        }),
      );
      if (Errors.length > 0) {
        throw new Error(
          `${Errors.length} versions were not ended, the first ${Errors[0].Key}: ${Errors[0].Message}`,
        );
      }
    }
    marker = page.IsTruncated
      ? {
          KeyMarker: page.NextKeyMarker,
          VersionIdMarker: page.NextVersionIdMarker,
        }
      : undefined;
  }
}
