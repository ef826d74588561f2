import { Config } from '@backstage/config';
import { Duration } from 'luxon';
import { z } from 'zod';
import { parseAt } from '../databases/keyPath';

const PATH = 'databaseOps.audit';

const seconds = (least: string) =>
  z
    .string()
    .refine(
      text => Duration.fromISO(text) >= Duration.fromISO(least),
      `expected an ISO 8601 duration of ${least} or more`,
    )
    .transform(text => Duration.fromISO(text).as('seconds'));

const auditSchema = z
  .strictObject({
    repository: z.string().optional(),
    chain: z
      .string()
      .regex(
        /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
        'expected a name of lower-case letters, digits and dashes',
      )
      .optional(),
    anchorAfter: seconds('PT1S').prefault('PT15M'),
    checkEvery: seconds('PT1S').prefault('PT5M'),
    retention: seconds('P1D').optional(),
    lock: seconds('P1D').prefault('P1Y'),
  })
  .prefault({});

/** `databaseOps.audit`. */
export interface AuditSettings {
  /** The repository that keeps anchors and archive; the first one configured when absent. */
  readonly repositoryId?: string;
  readonly chain?: string;
  readonly anchorAfterSeconds: number;
  readonly checkEverySeconds: number;
  readonly retentionSeconds?: number;
  /** How long anchors and archive are locked where the bucket has Object Lock. */
  readonly lockSeconds: number;
}

/** @throws ConfigurationError naming the wrong key. */
export function readAuditSettings(config: Config): AuditSettings {
  const parsed = parseAt(auditSchema, config.getOptional(PATH), PATH);
  return {
    repositoryId: parsed.repository,
    chain: parsed.chain,
    anchorAfterSeconds: parsed.anchorAfter,
    checkEverySeconds: parsed.checkEvery,
    retentionSeconds: parsed.retention,
    lockSeconds: parsed.lock,
  };
}
