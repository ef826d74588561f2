// The shape of `databaseOps:`; an engine's own key is parsed by that engine.
import { JsonObject } from '@backstage/types';
import { OPERATION_KINDS } from 'backstage-plugin-database-ops-common';
import { repositorySetupSchema } from 'backstage-plugin-database-ops-node';
import { Duration } from 'luxon';
import { z } from 'zod';
import { isoDuration } from './duration';

const prefix = z
  .string()
  .refine(
    text => !text.startsWith('/'),
    'expected a prefix without a leading slash',
  )
  .transform(text => (text === '' || text.endsWith('/') ? text : `${text}/`));

export const repositorySchema = z.strictObject({
  endpoint: z
    .url({ protocol: /^https$/, error: 'expected an https:// address' })
    .optional(),
  region: z.string().default('us-east-1'),
  bucket: z.string().min(1),
  prefix: prefix.default(''),
  controlPrefix: prefix.default('control/'),
  forcePathStyle: z.boolean().default(false),
  caFile: z.string().optional(),
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
  /** Of the account that alone removes backups. */
  retention: z
    .strictObject({
      accessKeyId: z.string().min(1),
      secretAccessKey: z.string().min(1),
    })
    .optional(),
  serverSideEncryption: z.enum(['AES256', 'aws:kms']).optional(),
  setup: repositorySetupSchema.optional(),
  prices: z
    .strictObject({
      currency: z
        .string()
        .regex(/^[A-Z]{3}$/, 'expected an ISO 4217 currency such as EUR'),
      perGigabyteMonth: z.record(z.string(), z.number().min(0)),
    })
    .optional(),
});

/** Loose: the engine's key stands beside these. */
export const databaseSchema = z.looseObject({
  title: z.string().min(1).optional(),
  engine: z
    .string()
    .regex(
      /^[a-z][a-z0-9-]*$/,
      'expected the kind of an engine such as postgresql',
    ),
  repository: z.string().optional(),
  additionalRepositories: z.array(z.string()).optional(),
  policy: z.string().optional(),
  /** Parsed together with the policy that they are laid over. */
  overrides: z
    .record(z.string(), z.unknown())
    .transform(overrides => overrides as JsonObject)
    .optional(),
  environment: z.string().optional(),
  entity: z.string().optional(),
});

export const executorSchema = z
  .strictObject({
    type: z.string().default('local'),
    stateDirectory: z.string().optional(),
    leaseSeconds: z.number().int().min(10).default(30),
    heartbeatSeconds: z.number().int().min(5).default(60),
    absentHostSeconds: z.number().int().min(60).default(600),
    stuckAfterSeconds: z.number().int().min(30).default(1800),
    stuckEndSeconds: z.number().int().min(60).default(7200),
    timeouts: z.partialRecord(z.enum(OPERATION_KINDS), isoDuration).default({}),
  })
  .prefault({});

export const servicesSchema = z
  .array(
    z.strictObject({
      subject: z.string().min(1),
      databases: z.array(z.string().min(1)).min(1),
      kinds: z.array(z.enum(OPERATION_KINDS)).min(1),
    }),
  )
  .default([]);

/** How many operations run at a time, over all replicas. */
export const concurrencySchema = z
  .strictObject({
    total: z.number().int().min(1).default(8),
    perRepository: z.number().int().min(1).default(2),
    perHost: z.number().int().min(1).default(4),
  })
  .prefault({});

/** Entity references of people and groups. */
export const operatorsSchema = z.array(z.string().min(1)).default([]);

/** What is noticed when it does not act in time. */
export const watchSchema = z
  .strictObject({
    intervalSeconds: z.number().int().min(1).default(15),
    silentAfterSeconds: z.number().int().min(20).default(60),
    graceSeconds: z.number().int().min(30).default(300),
  })
  .prefault({});

export const historySchema = z
  .strictObject({
    operations: isoDuration.default('P400D'),
    events: isoDuration.default('P90D'),
  })
  .prefault({})
  .transform(({ operations, events }) => ({
    operationsSeconds: Duration.fromISO(operations).as('seconds'),
    eventsSeconds: Duration.fromISO(events).as('seconds'),
  }));

export const reconciliationSchema = z
  .strictObject({ intervalSeconds: z.number().int().min(5).default(300) })
  .prefault({});

/** Ids stand in addresses, object keys and metric labels. */
export const idSchema = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'expected an id of lower-case letters, digits and dashes',
  )
  .refine(
    id => id !== 'global',
    "expected another id: 'global' stands for all databases in maintenance modes",
  );
