import { InputError } from '@backstage/errors';
import { RequestHandler } from 'express';

const ENCODED_NUL = /%00/;

/** Text with a NUL names nothing here, and PostgreSQL fails on it instead of finding nothing. */
export const refuseNul: RequestHandler = (request, _response, next) => {
  if (ENCODED_NUL.test(request.originalUrl) || holdsNul(request.body)) {
    throw new InputError(
      'The request holds a NUL character (U+0000); no id or text here has one. Remove it and try again.',
    );
  }
  next();
};

function holdsNul(value: unknown): boolean {
  if (typeof value === 'string') {
    return value.includes('\0');
  }
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).some(([key, item]) => holdsNul(key) || holdsNul(item))
  );
}
