// The shape of `databaseOps:`; an engine's own key is parsed by that engine.
import { Cron } from 'croner';
import { Duration, IANAZone } from 'luxon';
import { z } from 'zod';

const OPERATION_KINDS = [
  'inventory',
  'backup',
  'restore',
  'advance',
  'promote',
  'discard',
  'verify',
  'expire',
  'maintain',
  'rotate',
  'archive',
  'apply',
] as const;

const isoDuration = z
  .string()
  .refine(
    text =>
      Duration.fromISO(text).isValid && Duration.fromISO(text).toMillis() > 0,
    'expected an ISO 8601 duration above zero such as PT1H or P1D',
  );

const prefix = z
  .string()
  .refine(
    text => !text.startsWith('/'),
    'expected a prefix without a leading slash',
  )
  .transform(text => (text === '' || text.endsWith('/') ? text : `${text}/`));

function isCron(text: string): boolean {
  try {
    return new Cron(text, { paused: true, mode: '5-part' }).nextRun() !== null;
  } catch (error) {
    if (error instanceof Error) {
      return false;
    }
    throw error;
  }
}

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
  serverSideEncryption: z.enum(['AES256', 'aws:kms']).optional(),
});

export const scheduleSchema = z.strictObject({
  kind: z.enum(OPERATION_KINDS),
  type: z.string().optional(),
  cron: z
    .string()
    .refine(
      isCron,
      'expected a cron of five fields that has a next run, such as 0 2 * * *',
    ),
  timeZone: z
    .string()
    .refine(
      zone => IANAZone.isValidZone(zone),
      'expected an IANA time zone such as Europe/Berlin',
    )
    .default('UTC'),
  suspended: z.boolean().default(false),
});

export const policySchema = z.strictObject({
  objectives: z
    .strictObject({ rpo: isoDuration.optional(), rto: isoDuration.optional() })
    .default({}),
  schedules: z.record(z.string(), scheduleSchema).default({}),
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
  policy: z.string().optional(),
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

/** Entity references of people and groups. */
export const operatorsSchema = z.array(z.string().min(1)).default([]);

export const reconciliationSchema = z
  .strictObject({ intervalSeconds: z.number().int().min(5).default(300) })
  .prefault({});

/** Ids stand in addresses, object keys and metric labels. */
export const idSchema = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'expected an id of lower-case letters, digits and dashes',
  );
