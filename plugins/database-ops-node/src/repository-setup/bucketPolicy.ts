import { RepositoryDefinition } from '../databases/types';
import { PolicyStatement, RepositorySetup } from './types';

const READ_SETUP = [
  's3:GetBucketLocation',
  's3:GetBucketObjectLockConfiguration',
  's3:GetBucketPolicy',
  's3:GetBucketPublicAccessBlock',
  's3:GetBucketVersioning',
  's3:GetEncryptionConfiguration',
  's3:GetLifecycleConfiguration',
];

const CHANGE_SETUP = [
  's3:DeleteBucket',
  's3:DeleteBucketPolicy',
  's3:PutBucketObjectLockConfiguration',
  's3:PutBucketPolicy',
  's3:PutBucketPublicAccessBlock',
  's3:PutBucketVersioning',
  's3:PutEncryptionConfiguration',
  's3:PutLifecycleConfiguration',
];

const WRITE = [
  's3:AbortMultipartUpload',
  's3:GetObject',
  's3:ListMultipartUploadParts',
  's3:PutObject',
];

const LIST = ['s3:ListBucket', 's3:ListBucketMultipartUploads'];

/** Statements of ours are known by this; statements of others stay as they are. */
export function ownSid(repositoryId: string, name = ''): string {
  const id = repositoryId
    .split('-')
    .map(part => `${part.charAt(0).toUpperCase()}${part.slice(1)}`)
    .join('');
  return `DatabaseOps${id}X${name}`;
}

/**
 * The statements of a repository's bucket policy. What must never happen is
 * denied besides not being allowed, so that a generous policy elsewhere does
 * not bring it back.
 */
export function policyStatements(
  repository: RepositoryDefinition,
  setup: RepositorySetup,
): readonly PolicyStatement[] {
  const bucket = `arn:aws:s3:::${repository.bucket}`;
  const objects = `${bucket}/${repository.prefix}*`;
  const both = [bucket, objects];
  const sid = (name: string) => ownSid(repository.id, name);
  const { databaseHosts, writers, retention } = setup.identities;
  const named = [...databaseHosts, ...writers, ...retention];
  const to = (
    principals: readonly string[],
    statement: Omit<PolicyStatement, 'Principal'>,
  ): readonly PolicyStatement[] =>
    principals.length > 0
      ? [{ ...statement, Principal: { AWS: principals } }]
      : [];
  return [
    {
      Sid: sid('RefusePlainHttp'),
      Effect: 'Deny',
      Principal: '*',
      Action: ['s3:*'],
      Resource: both,
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
    refuseUnencryptedPuts(repository, setup),
    ...to(databaseHosts, {
      Sid: sid('DatabaseHostsWrite'),
      Effect: 'Allow',
      Action: WRITE,
      Resource: partOfDatabaseHosts(repository, setup),
    }),
    ...to(writers, {
      Sid: sid('WritersWrite'),
      Effect: 'Allow',
      Action: [
        ...WRITE,
        // With a retention identity, below the control prefix alone.
        ...(repository.retention ? [] : ['s3:DeleteObject']),
        's3:GetObjectRetention',
        // Longer only: shorter takes s3:BypassGovernanceRetention.
        's3:PutObjectRetention',
      ],
      Resource: [objects],
    }),
    ...(repository.retention
      ? writersDeleteNoBackup(repository, setup)
      : []
    ).flatMap(({ name, ...statement }) =>
      to(writers, { Sid: sid(name), ...statement }),
    ),
    ...to(retention, {
      Sid: sid('RetentionRemoves'),
      Effect: 'Allow',
      Action: [
        ...WRITE,
        's3:DeleteObject',
        's3:DeleteObjectVersion',
        's3:GetObjectLegalHold',
        's3:GetObjectRetention',
        's3:GetObjectVersion',
        's3:PutObjectLegalHold',
        's3:PutObjectRetention',
      ],
      Resource: [objects],
    }),
    ...to(named, {
      Sid: sid('List'),
      Effect: 'Allow',
      Action: LIST,
      Resource: [bucket],
    }),
    ...to([...writers, ...retention], {
      Sid: sid('ReadSetup'),
      Effect: 'Allow',
      Action: [...READ_SETUP, 's3:ListBucketVersions'],
      Resource: [bucket],
    }),
    ...to(databaseHosts, {
      Sid: sid('DatabaseHostsDeleteNothing'),
      Effect: 'Deny',
      Action: ['s3:DeleteObject', 's3:PutObjectRetention'],
      Resource: [objects],
    }),
    ...to([...databaseHosts, ...writers], {
      Sid: sid('VersionsStay'),
      Effect: 'Deny',
      Action: ['s3:DeleteObjectVersion', 's3:PutObjectLegalHold'],
      Resource: [objects],
    }),
    ...to(named, {
      Sid: sid('LocksAreNotShortened'),
      Effect: 'Deny',
      Action: ['s3:BypassGovernanceRetention'],
      Resource: [objects],
    }),
    ...to(named, {
      Sid: sid('SetupIsNotChanged'),
      Effect: 'Deny',
      Action: CHANGE_SETUP,
      Resource: [bucket],
    }),
  ];
}

/**
 * Where an identity of its own removes backups, writers remove leases and
 * probes only.
 */
function writersDeleteNoBackup(
  repository: RepositoryDefinition,
  { toolPrefixes }: RepositorySetup,
) {
  const root = `arn:aws:s3:::${repository.bucket}/${repository.prefix}`;
  const Action = ['s3:DeleteObject'];
  return [
    {
      name: 'WritersEndLeases',
      Effect: 'Allow' as const,
      Action,
      Resource: [
        `${root}${repository.controlPrefix}*`,
        // With each backup pgBackRest removes a link that no object store has.
        ...toolPrefixes.map(({ prefix }) => `${root}${prefix}backup/*/latest`),
      ],
    },
    {
      name: 'WritersDeleteNoBackup',
      Effect: 'Deny' as const,
      Action,
      Resource: [
        `${root}databases/*`,
        `${root}audit/*`,
        // Of a stanza's backups and archive, not the link beside them.
        ...toolPrefixes.map(({ prefix }) => `${root}${prefix}*/*/*/*`),
      ],
    },
  ];
}

/** What hosts archive belongs to a tool, where there is one. */
function partOfDatabaseHosts(
  repository: RepositoryDefinition,
  { toolPrefixes }: RepositorySetup,
): readonly string[] {
  const root = `arn:aws:s3:::${repository.bucket}/${repository.prefix}`;
  return toolPrefixes.length > 0
    ? toolPrefixes.map(({ prefix }) => `${root}${prefix}*`)
    : [`${root}*`];
}

/**
 * Tools that cannot send the header encrypt their files themselves, and the
 * bucket's default encryption applies to these all the same.
 */
function refuseUnencryptedPuts(
  repository: RepositoryDefinition,
  setup: RepositorySetup,
): PolicyStatement {
  const root = `arn:aws:s3:::${repository.bucket}/${repository.prefix}`;
  const without = setup.toolPrefixes
    .filter(tool => !tool.sendsEncryptionHeader)
    .map(({ prefix }) => `${root}${prefix}*`);
  let covered: Pick<PolicyStatement, 'Resource' | 'NotResource'>;
  if (without.length === 0) {
    covered = { Resource: [`${root}*`] };
  } else if (repository.prefix === '') {
    covered = { NotResource: without };
  } else {
    // Objects beside the repository's prefix are none of ours.
    covered = {
      Resource: [
        `${root}databases/*`,
        `${root}${repository.controlPrefix}*`,
        `${root}README.md`,
      ],
    };
  }
  return {
    Sid: ownSid(repository.id, 'RefuseUnencryptedPuts'),
    Effect: 'Deny',
    Principal: '*',
    Action: ['s3:PutObject'],
    ...covered,
    Condition: {
      Null: { 's3:x-amz-server-side-encryption': 'true' },
      // SeaweedFS judges the request that completes an upload, a POST without
      // the header, by itself; AWS judges it by the upload and has no such key.
      ...(setup.store === 'seaweedfs' && {
        StringEquals: { 's3:RequestMethod': 'PUT' },
      }),
    },
  };
}
