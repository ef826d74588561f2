/**
 * What is no longer current, beside the words that say so: without colour, for
 * nobody reads text that is faded.
 */
export const OUT_OF_DATE = { filter: 'grayscale(1)' } as const;
