// What depths of verification mean for what can be restored.

/** Whether WAL arrives now: it says nothing of what lies in the repository. */
export const ARCHIVING_DEPTH = 'archiving';

/** Depths that restore nothing. */
export const DEPTHS_WITHOUT_RESTORE: readonly string[] = [
  // Checksums alone restore nothing.
  'repository',
  ARCHIVING_DEPTH,
];
