import { ToolError } from '../process/ToolError';
import { OperationFailure } from 'backstage-plugin-database-ops-common';
import { toError } from '@backstage/errors';
import { OperationFailedError } from './OperationFailedError';

const READ_THE_LOG =
  'Read the log of the operation, remove the cause, and start it again.';

/**
 * What is told to people about an error that ended an operation.
 *
 * @param thrown - whatever was thrown
 * @param fallback - what the failure was about when the error does not say
 * @public
 */
export function describeFailure(
  thrown: unknown,
  fallback: { readonly object: string },
): OperationFailure {
  if (thrown instanceof OperationFailedError) {
    return { object: fallback.object, ...thrown.failure };
  }
  if (thrown instanceof ToolError) {
    return {
      cause: thrown.message,
      object: fallback.object,
      nextStep: READ_THE_LOG,
      code: `${thrown.command}-exit-${thrown.exitCode}`,
    };
  }
  const error = toError(thrown);
  return {
    cause: error.message,
    object: fallback.object,
    nextStep: READ_THE_LOG,
    code: error.name,
  };
}
