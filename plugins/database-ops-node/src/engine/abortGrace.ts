import { JsonObject } from '@backstage/types';
import { OperationKind } from 'backstage-plugin-database-ops-common';
import { EngineDescription } from './description';

/** For a verb to end what it started after an abort, before it is ended by force. */
const ABORT_GRACE_SECONDS = 20;

/**
 * How long an operation that was cancelled or took too long gets to end what
 * it started, before it is ended by force: as long as its engine needs to put
 * back what it took away, and no less than any operation.
 *
 * @public
 */
export function abortGraceSecondsOf<TConfig>(
  { abortGraceSeconds }: Pick<EngineDescription<TConfig>, 'abortGraceSeconds'>,
  config: TConfig,
  operation: { readonly kind: OperationKind; readonly parameters: JsonObject },
): number {
  return Math.max(
    ABORT_GRACE_SECONDS,
    abortGraceSeconds?.(config, operation) ?? 0,
  );
}
