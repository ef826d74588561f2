import {
  CopyObjectCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { RepositoryDefinition } from '../databases/types';
import { ObjectVersion, UndeleteStep } from './planUndelete';

/**
 * Every version below a prefix, newest first within a key. Leases and probes
 * are left out: one that came back would look held.
 */
export async function listVersions(
  client: S3Client,
  repository: RepositoryDefinition,
  below: string,
): Promise<readonly ObjectVersion[]> {
  const versions: ObjectVersion[] = [];
  let next: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (next) {
    const page: Awaited<ReturnType<typeof listPage>> = await listPage(
      client,
      repository,
      { below, ...next },
    );
    const add = (
      found: {
        Key?: string;
        VersionId?: string;
        LastModified?: Date;
        Size?: number;
        IsLatest?: boolean;
      },
      isDeleteMarker: boolean,
    ) =>
      versions.push({
        key: found.Key ?? '',
        versionId: found.VersionId ?? 'null',
        isDeleteMarker,
        isLatest: found.IsLatest ?? false,
        modifiedAt: found.LastModified ?? new Date(0),
        sizeBytes: found.Size ?? 0,
      });
    page.Versions?.forEach(found => add(found, false));
    page.DeleteMarkers?.forEach(found => add(found, true));
    next = page.IsTruncated
      ? {
          KeyMarker: page.NextKeyMarker,
          VersionIdMarker: page.NextVersionIdMarker,
        }
      : undefined;
  }
  const control = `${repository.prefix}${repository.controlPrefix}`;
  return (
    versions
      .filter(({ key }) => control === '' || !key.startsWith(control))
      // Of the same second, a marker is newer than what it covers, unless the
      // store says otherwise.
      .sort(
        (a, b) =>
          b.modifiedAt.getTime() - a.modifiedAt.getTime() ||
          Number(b.isLatest) - Number(a.isLatest) ||
          Number(b.isDeleteMarker) - Number(a.isDeleteMarker),
      )
  );
}

function listPage(
  client: S3Client,
  repository: RepositoryDefinition,
  from: {
    readonly below: string;
    readonly KeyMarker?: string;
    readonly VersionIdMarker?: string;
  },
) {
  const { below, ...markers } = from;
  return client.send(
    new ListObjectVersionsCommand({
      Bucket: repository.bucket,
      Prefix: `${repository.prefix}${below}`,
      ...markers,
    }),
  );
}

/** Brings one object back. */
export async function undeleteObject(
  client: S3Client,
  repository: RepositoryDefinition,
  step: UndeleteStep,
): Promise<void> {
  const object = { Bucket: repository.bucket, Key: step.key };
  for (const VersionId of step.markers ?? []) {
    await client.send(new DeleteObjectCommand({ ...object, VersionId }));
  }
  if (!step.markers) {
    const source = `${repository.bucket}/${step.key}`
      .split('/')
      .map(encodeURIComponent)
      .join('/');
    await client.send(
      new CopyObjectCommand({
        ...object,
        CopySource: `${source}?versionId=${encodeURIComponent(step.versionId)}`,
        ServerSideEncryption: repository.serverSideEncryption ?? 'AES256',
      }),
    );
  }
}
