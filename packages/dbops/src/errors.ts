import { CustomErrorBase } from '@backstage/errors';

/** The command line was used wrongly. */
export class UsageError extends CustomErrorBase {
  name = 'UsageError' as const;
}

/** The portal did not answer at all. */
export class UnreachableError extends CustomErrorBase {
  name = 'UnreachableError' as const;
}

/** Nobody is signed in, or the portal refused. */
export class DeniedError extends CustomErrorBase {
  name = 'DeniedError' as const;
}
