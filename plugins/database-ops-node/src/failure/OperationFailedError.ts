import { CustomErrorBase } from '@backstage/errors';
import { OperationFailure } from 'backstage-plugin-database-ops-common';

/**
 * A failure that already knows its cause, the object concerned and the next
 * step; a worker reports it as it is.
 *
 * @public
 */
export class OperationFailedError extends CustomErrorBase {
  name = 'OperationFailedError' as const;

  readonly failure: OperationFailure;

  constructor(failure: OperationFailure, cause?: Error | unknown) {
    super(`${failure.cause} ${failure.nextStep}`, cause);
    this.failure = failure;
  }
}
