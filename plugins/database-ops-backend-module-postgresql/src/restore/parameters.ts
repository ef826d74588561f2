import { InputError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { parseConfig } from 'backstage-plugin-database-ops-node';
import { Duration } from 'luxon';
import { z } from 'zod';
import { MomentQuestion, readQuestion } from '../window/question';

const DEFAULT_EXPIRY = 'PT24H';

const schema = z.looseObject({
  kind: z.string().default('latest'),
  action: z.enum(['pause', 'open']).optional(),
  expiresAfter: z.string().default(DEFAULT_EXPIRY),
});

/** What happens when recovery has reached its target. */
export type TargetAction = 'pause' | 'open';

/** Whole backups and the latest moment are opened at once; a chosen moment may be the wrong one, and a paused server can be moved on. */
export function defaultAction(kind: string): TargetAction {
  return kind === 'latest' || kind === 'backup' ? 'open' : 'pause';
}

export interface RestoreParameters {
  /** As it was asked for. */
  readonly kind: string;
  readonly question: MomentQuestion;
  readonly action: TargetAction;
  readonly expiresAfter: Duration;
}

/** @throws InputError naming the parameter and what was expected */
export function readRestoreParameters(raw: JsonObject): RestoreParameters {
  const { kind, action, expiresAfter } = parseConfig(schema, raw, 'parameters');
  const duration = Duration.fromISO(expiresAfter);
  if (!duration.isValid || duration.toMillis() <= 0) {
    throw new InputError(
      `parameters.expiresAfter must be a positive ISO 8601 duration such as ${DEFAULT_EXPIRY}.`,
    );
  }
  return {
    kind,
    question: readQuestion(raw),
    action: action ?? defaultAction(kind),
    expiresAfter: duration,
  };
}
