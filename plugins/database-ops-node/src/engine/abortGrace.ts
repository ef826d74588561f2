import { JsonObject } from '@backstage/types';
import { OperationKind } from 'backstage-plugin-database-ops-common';
import { EngineDescription } from './description';

/** For a verb to end what it started after an abort, before it is ended by force. */
const ABORT_GRACE_SECONDS = 20;
/** Whatever an engine's configuration says, a place in the queue is free again some time. */
const LONGEST_ABORT_GRACE_SECONDS = 2 * 3600;

/**
 * How long an operation that was cancelled or took too long gets to end what
 * it started, before it is ended by force: as long as its engine needs to put
 * back what it took away, no less than any operation, and two hours at most.
 *
 * @public
 */
export function abortGraceSecondsOf<TConfig>(
  { abortGraceSeconds }: Pick<EngineDescription<TConfig>, 'abortGraceSeconds'>,
  config: TConfig,
  operation: { readonly kind: OperationKind; readonly parameters: JsonObject },
): number {
  const needed = abortGraceSeconds?.(config, operation) ?? 0;
  return Math.min(
    LONGEST_ABORT_GRACE_SECONDS,
    Math.max(ABORT_GRACE_SECONDS, needed),
  );
}
