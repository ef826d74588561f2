import { z } from 'zod';
import { RepositorySetup } from './types';

/** Classes whose objects must be asked for hours before they can be read. */
const RETRIEVAL_CLASSES: readonly string[] = [
  'GLACIER',
  'DEEP_ARCHIVE',
  'OUTPOSTS',
];
/** Classes whose objects are read like any other. */
const DIRECT_CLASSES = [
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
] as const;

/**
 * Whether objects of that class can be read without asking for them first.
 *
 * @public
 */
export function needsRetrieval(storageClass: string): boolean {
  return RETRIEVAL_CLASSES.includes(storageClass);
}

const principal = z
  .string()
  .regex(
    /^arn:[a-z-]+:(iam|sts)::[^\s:]+:[^\s]+$/,
    'expected a principal such as arn:aws:iam::123456789012:role/backup-writer',
  );

const prefix = z
  .string()
  .regex(
    /^([^/].*\/)?$/,
    'expected a prefix below that of the repository, without a leading slash and ending in one',
  );

const transition = z
  .strictObject({
    prefix: prefix.default(''),
    afterDays: z.number().int().min(1),
    storageClass: z.string(),
  })
  .superRefine(({ storageClass }, context) => {
    if (needsRetrieval(storageClass)) {
      context.addIssue({
        code: 'custom',
        path: ['storageClass'],
        message: `expected a class that a restore can read at once (${DIRECT_CLASSES.join(', ')}): objects in ${storageClass} must be retrieved first, so restores would fail, and so would archiving once its own files are moved`,
      });
    } else if (!DIRECT_CLASSES.some(known => known === storageClass)) {
      context.addIssue({
        code: 'custom',
        path: ['storageClass'],
        message: `expected one of ${DIRECT_CLASSES.join(', ')}`,
      });
    }
  });

/**
 * Shape of `databaseOps.repositories.<id>.setup`. Refuses what would put a
 * restore at risk, naming the key.
 *
 * @public
 */
export const repositorySetupSchema: z.ZodType<RepositorySetup> = z
  .strictObject({
    store: z.enum(['aws', 'seaweedfs']).default('aws'),
    identities: z
      .strictObject({
        databaseHosts: z.array(principal).default([]),
        writers: z.array(principal).default([]),
        retention: z.array(principal).default([]),
      })
      .prefault({}),
    toolPrefixes: z
      .array(
        z.strictObject({
          prefix: prefix.refine(
            text => text !== '',
            'expected the prefix of the tool, not the whole repository',
          ),
          sendsEncryptionHeader: z.boolean().default(false),
        }),
      )
      .default([]),
    multipartLeftoversDays: z.number().int().min(1).default(7),
    noncurrentVersionDays: z.number().int().min(1).default(30),
    objectLock: z.boolean().default(false),
    transitions: z.array(transition).default([]),
  })
  .superRefine(({ identities }, context) => {
    const { databaseHosts, writers, retention } = identities;
    const others = [...databaseHosts, ...writers];
    retention.forEach((arn, index) => {
      if (others.includes(arn)) {
        context.addIssue({
          code: 'custom',
          path: ['identities', 'retention', index],
          message: `expected an identity of its own: ${arn} also writes, and who can write and delete can replace a backup without a trace`,
        });
      }
    });
    databaseHosts.forEach((arn, index) => {
      if (writers.includes(arn)) {
        context.addIssue({
          code: 'custom',
          path: ['identities', 'databaseHosts', index],
          message: `expected an identity of its own: ${arn} is a writer, which may delete`,
        });
      }
    });
  });

/**
 * What holds where configuration says nothing.
 *
 * @public
 */
export const DEFAULT_REPOSITORY_SETUP: RepositorySetup =
  repositorySetupSchema.parse({});
