import { JsonObject } from '@backstage/types';
import { VerificationDepth } from 'backstage-plugin-database-ops-common';
import {
  OperateTarget,
  OperationFailedError,
  parseConfig,
  RunContext,
  VerifyOutcome,
} from 'backstage-plugin-database-ops-node';
import { z } from 'zod';
import { PostgresqlConfig } from '../config';
import { readInventory } from '../inventory/readInventory';
import { recoveryWindowOf } from '../window/recoveryWindow';
import { pickMoment } from './pickMoment';
import { verifyArchiving } from './verifyArchiving';
import { verifyRepository } from './verifyRepository';
import { verifyRestored } from './verifyRestored';

/** A daily backup may take its time. */
const DEFAULT_MAXIMUM_AGE_SECONDS = 26 * 3600;

/** Twice what a quiet database may take by archive_timeout. */
const DEFAULT_ARCHIVE_TIMEOUT_SECONDS = 60;

const schema = z.object({
  depth: z.enum(['repository', 'restore', 'latest', 'time', 'archiving']),
  timeoutSeconds: z
    .number()
    .min(1)
    .max(3600)
    .default(DEFAULT_ARCHIVE_TIMEOUT_SECONDS),
  maximumAgeSeconds: z.number().positive().default(DEFAULT_MAXIMUM_AGE_SECONDS),
  time: z.string().min(1).optional(),
});

const REPOSITORY: VerificationDepth = {
  id: 'repository',
  title: 'Repository',
  description:
    'Every file of every backup and of the WAL archive is read and compared with its checksum; no segment is missing; the newest backup is young enough; where the bucket has Object Lock, a sample of them is locked.',
  parameters: {
    type: 'object',
    properties: {
      maximumAgeSeconds: {
        type: 'number',
        exclusiveMinimum: 0,
        default: DEFAULT_MAXIMUM_AGE_SECONDS,
        title: 'Oldest that the newest backup may be, in seconds',
      },
    },
  },
};

const ARCHIVING: VerificationDepth = {
  id: 'archiving',
  title: 'Archiving',
  description:
    'A WAL segment is switched and has to be found in the repository; the seconds until then are measured. Nothing is restored.',
  parameters: {
    type: 'object',
    properties: {
      timeoutSeconds: {
        type: 'number',
        minimum: 1,
        maximum: 3600,
        default: DEFAULT_ARCHIVE_TIMEOUT_SECONDS,
        title: 'How long it may take, in seconds',
      },
    },
  },
};

/** What can be proved; all but the last two restore to a scratch place on the worker's machine. */
export function verificationDepths(
  config: PostgresqlConfig,
): VerificationDepth[] {
  return config.restore
    ? [
        {
          id: 'latest',
          title: 'Latest',
          description:
            'The latest state is restored from the repository alone and checked like a restored backup; canaries measure the RPO, the clock the RTO.',
        },
        {
          id: 'time',
          title: 'Point in time',
          description:
            'A random moment of the recovery window, or a given one, is restored and checked; every canary up to it must be there, and none after it.',
          parameters: {
            type: 'object',
            properties: {
              time: {
                type: 'string',
                title: 'Moment (ISO 8601); random when empty',
              },
            },
          },
        },
        {
          id: 'restore',
          title: 'Restore',
          description:
            'The newest backup is restored to scratch and opened; amcheck of heap and indexes in every database, counts, extensions and collations.',
        },
        REPOSITORY,
        ARCHIVING,
      ]
    : [REPOSITORY, ARCHIVING];
}

export async function verifyDatabase(
  target: OperateTarget<PostgresqlConfig>,
  parameters: JsonObject,
  context: RunContext,
): Promise<VerifyOutcome> {
  const { depth, maximumAgeSeconds, timeoutSeconds, time } = parseConfig(
    schema,
    parameters,
    'parameters',
  );
  switch (depth) {
    case 'repository':
      return verifyRepository(target, { maximumAgeSeconds }, context);
    case 'archiving':
      return verifyArchiving(target, { timeoutSeconds }, context);
    case 'latest':
      return verifyRestored(
        target,
        { depth, parameters: { kind: 'latest', action: 'open' } },
        context,
      );
    case 'time': {
      const moment = time ?? (await randomMoment(target, context));
      return verifyRestored(
        target,
        {
          depth,
          moment: new Date(moment),
          parameters: { kind: 'time', time: moment, action: 'open' },
        },
        context,
      );
    }
    default:
      return verifyRestored(
        target,
        { depth, parameters: await newestBackup(target, context) },
        context,
      );
  }
}

async function newestBackup(
  target: OperateTarget<PostgresqlConfig>,
  context: RunContext,
): Promise<JsonObject> {
  const { backups } = await readInventory(target, context);
  const newest = backups
    .filter(({ state }) => state === 'present')
    .sort((a, b) => a.stoppedAt.localeCompare(b.stoppedAt))
    .at(-1);
  if (!newest) {
    throw new OperationFailedError({
      cause: `The repository has no backup of database '${target.database.id}' to verify.`,
      object: target.database.id,
      nextStep: 'Take a backup first.',
      code: 'backup-not-found',
    });
  }
  return { kind: 'backup', backupId: newest.id, action: 'open' };
}

/** Any reachable microsecond is as likely as any other. */
async function randomMoment(
  target: OperateTarget<PostgresqlConfig>,
  context: RunContext,
): Promise<string> {
  const inventory = await readInventory(target, context);
  const { intervals } = recoveryWindowOf(target.database.id, inventory);
  const moment = pickMoment(intervals, Math.random());
  if (!moment) {
    throw new OperationFailedError({
      cause: `Nothing of database '${target.database.id}' can be restored to a point in time: no WAL lies behind a backup yet.`,
      object: target.database.id,
      nextStep:
        'Wait until a transaction after the newest backup is archived, then verify again.',
      code: 'no-moment',
    });
  }
  return moment;
}
