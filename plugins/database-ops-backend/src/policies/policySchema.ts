// The shape of one of `databaseOps.policies` and of a database's overrides.
import { parseEntityRef, stringifyEntityRef } from '@backstage/catalog-model';
import { JsonObject } from '@backstage/types';
import { OPERATION_KINDS } from 'backstage-plugin-database-ops-common';
import { Cron } from 'croner';
import { Duration, IANAZone } from 'luxon';
import { z } from 'zod';
import { isoDuration } from '../databases/duration';
import { NOTIFICATION_EVENTS } from './notificationEvents';

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
/** What may happen without anyone asking: nothing that somebody has to look at. */
const SCHEDULED_KINDS = [
  'inventory',
  'backup',
  'verify',
  'expire',
  'maintain',
  'rotate',
  'archive',
] as const;

const timeZone = z
  .string()
  .refine(
    zone => IANAZone.isValidZone(zone),
    'expected an IANA time zone such as Europe/Berlin',
  )
  .default('UTC');

const count = z
  .number('expected a count above zero')
  .int('expected a whole number')
  .min(1, 'expected a count above zero');

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

/** `user:default/a` or `group:team-a`, made whole and lower case. */
const principalRef = z.string().transform((text, context) => {
  try {
    const ref = parseEntityRef(text);
    if (['user', 'group'].includes(ref.kind.toLowerCase())) {
      return stringifyEntityRef(ref);
    }
  } catch (error) {
    if (!(error instanceof Error)) {
      throw error;
    }
  }
  context.addIssue({
    code: 'custom',
    message:
      'expected an entity reference of a user or group such as group:default/dba',
  });
  return z.NEVER;
});

const scheduleSchema = z.strictObject({
  kind: z.enum(
    SCHEDULED_KINDS,
    `expected a kind of operation that can be scheduled (${SCHEDULED_KINDS.join(', ')})`,
  ),
  type: z.string().optional(),
  parameters: z
    .record(z.string(), z.unknown())
    .transform(parameters => parameters as JsonObject)
    .optional(),
  cron: z
    .string()
    .refine(
      isCron,
      'expected a cron of five fields that has a next run, such as 0 2 * * *',
    ),
  timeZone,
  suspended: z.boolean().default(false),
  jitter: isoDuration.optional(),
  missed: z.enum(['once', 'skip']).default('once'),
});

const clockTime = /^([01]\d|2[0-3]):[0-5]\d$/;

const blackoutSchema = z
  .strictObject({
    days: z
      .array(z.enum(WEEKDAYS))
      .min(1)
      .default([...WEEKDAYS]),
    from: z.string().regex(clockTime, 'expected a time of day such as 08:00'),
    to: z
      .string()
      .refine(
        text => text === '24:00' || clockTime.test(text),
        'expected a time of day such as 18:00, or 24:00',
      ),
    timeZone,
    reason: z.string().min(1),
    kinds: z.array(z.enum(OPERATION_KINDS)).min(1).optional(),
  })
  .refine(window => window.from !== window.to, {
    path: ['to'],
    error:
      'expected another time than that of from; a whole day is 00:00 to 24:00',
  });

const retriesSchema = z
  .strictObject({
    attempts: z.number().int().min(0).max(20).default(0),
    delay: isoDuration.default('PT5M'),
    factor: z.number().min(1).max(10).default(2),
    maximumDelay: isoDuration.default('PT1H'),
  })
  .prefault({})
  .refine(
    ({ delay, maximumDelay }) =>
      Duration.fromISO(maximumDelay).toMillis() >=
      Duration.fromISO(delay).toMillis(),
    { path: ['maximumDelay'], error: 'expected at least the delay' },
  );

function isShorter(duration: string, than: string): boolean {
  return (
    Duration.fromISO(duration).toMillis() < Duration.fromISO(than).toMillis()
  );
}

/** @see RetentionRules */
export const retentionSchema = z
  .strictObject({
    window: isoDuration.optional(),
    fulls: z
      .strictObject({ count: count.optional(), age: isoDuration.optional() })
      .refine(
        fulls => fulls.count !== undefined || fulls.age !== undefined,
        'expected count, age or both',
      )
      .optional(),
    keepLast: count.optional(),
    age: isoDuration.optional(),
    hourly: count.optional(),
    daily: count.optional(),
    weekly: count.optional(),
    monthly: count.optional(),
    yearly: count.optional(),
    timeZone,
  })
  .refine(
    ({ timeZone: _zone, ...rules }) =>
      Object.values(rules).some(rule => rule !== undefined),
    'expected a rule such as window: P30D or daily: 7; leave retention out to keep everything',
  )
  .refine(({ window, age }) => !window || !age || !isShorter(age, window), {
    path: ['age'],
    error:
      'expected at least the window: a shorter age would break its promise that any second of it stays restorable',
  });

const approvalSchema = z.strictObject({
  kinds: z.array(z.enum(OPERATION_KINDS)).min(1),
  modes: z
    .array(z.enum(['in-place', 'new-place']))
    .min(1)
    .optional(),
  approvers: z.array(principalRef).min(1),
  expiresAfter: isoDuration.default('PT4H'),
  emergency: z.array(principalRef).default([]),
});

const notificationSchema = z.strictObject({
  events: z.array(z.enum(NOTIFICATION_EVENTS)).min(1),
  recipients: z.array(z.union([z.literal('owner'), principalRef])).min(1),
});

/** @see PolicyDefinition */
export const policySchema = z.strictObject({
  objectives: z
    .strictObject({ rpo: isoDuration.optional(), rto: isoDuration.optional() })
    .default({}),
  schedules: z.record(z.string(), scheduleSchema).default({}),
  blackouts: z.array(blackoutSchema).default([]),
  timeouts: z.partialRecord(z.enum(OPERATION_KINDS), isoDuration).default({}),
  retries: retriesSchema,
  retention: retentionSchema.optional(),
  approvals: z.array(approvalSchema).default([]),
  notifications: z
    .array(notificationSchema)
    .default([{ events: [...NOTIFICATION_EVENTS], recipients: ['owner'] }]),
});
