import { ResponseError } from '@backstage/errors';

/** The sentence of an error: what the backend wrote, where it wrote one. */
export function sentenceOf(error: Error): string {
  if (error instanceof ResponseError) {
    return error.body.error.message;
  }
  if (error instanceof TypeError) {
    return `The portal's backend did not answer (${error.message}). Check your connection, then try again.`;
  }
  return error.message;
}

/** Whether the person may not see or do what was asked for. */
export function isForbidden(error: Error): boolean {
  return error instanceof ResponseError && error.statusCode === 403;
}

/** Whether what was asked for is not there (or not for this person). */
export function isNotFound(error: Error): boolean {
  return error instanceof ResponseError && error.statusCode === 404;
}

/** Whether a wish was written down that somebody else has to have too before it is done. */
export function isSecondPersonWanted(error: Error): boolean {
  return (
    error instanceof ResponseError &&
    error.statusCode === 409 &&
    'secondPersonWanted' in error.body.error
  );
}

/** The operation that stands in the way, as a 409 names it. */
export function operationInTheWay(error: Error): string | undefined {
  if (!(error instanceof ResponseError) || error.statusCode !== 409) {
    return undefined;
  }
  const { operationId } = error.body.error as { operationId?: unknown };
  return typeof operationId === 'string' ? operationId : undefined;
}
