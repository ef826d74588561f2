/**
 * Codes by which an engine says that a restore onto the source failed, and the
 * source is as it was: nothing is kept aside, and nobody has to decide. After
 * any other end of such a restore a discard has to put the source back.
 *
 * @public
 */
export const SOURCE_AS_BEFORE_CODES: readonly string[] = [
  'in-place-refused',
  'in-place-unfinished',
  'in-place-undone',
];

/**
 * Codes by which an engine says that the source of a restore is stopped or
 * kept aside, and that it could not put it back.
 *
 * @public
 */
export const SOURCE_AWAY_CODES: readonly string[] = [
  'source-not-back',
  'source-kept-aside',
];
