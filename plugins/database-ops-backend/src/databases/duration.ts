// What several parts of configuration are written in.
import { Duration } from 'luxon';
import { z } from 'zod';

/** A positive ISO 8601 duration, kept as text. */
export const isoDuration = z
  .string()
  .refine(
    text =>
      Duration.fromISO(text).isValid && Duration.fromISO(text).toMillis() > 0,
    'expected an ISO 8601 duration above zero such as PT1H or P1D',
  );
