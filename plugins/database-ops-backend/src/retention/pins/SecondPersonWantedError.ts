import { ConflictError } from '@backstage/errors';

/**
 * A conflict that is no failure: the wish is written down, and somebody else
 * has to have it too. The HTTP API passes the mark on.
 */
export class SecondPersonWantedError extends ConflictError {
  readonly secondPersonWanted = true;
}
