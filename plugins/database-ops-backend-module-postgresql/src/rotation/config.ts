import { z } from 'zod';

/** Four health checks of each portal: all of them read the new file meanwhile. */
const DEFAULT_GRACE_SECONDS = 120;

/** The key `credentialsFile`. */
export const credentialsFileSchema = z
  .string()
  .regex(/^\//, 'expected an absolute path');

/** The key `rotation` of a credential. */
export function rotationSchema(defaultRole: string) {
  return z.strictObject({
    role: z
      .string()
      .regex(
        /^[a-z_][a-z0-9_]{0,59}$/,
        'expected a role name of lower case letters, digits and underscores, at most 60 characters',
      )
      .default(defaultRole),
    graceSeconds: z
      .number()
      .int()
      .min(0)
      .max(86_400)
      .default(DEFAULT_GRACE_SECONDS),
  });
}

/**
 * Renewal of one of the credentials that the tool signs in with.
 *
 * @public
 */
export interface RotationConfig {
  /** The role that has the rights; its members `<role>_a` and `<role>_b` sign in by turns. */
  readonly role: string;
  /** How long both credentials hold, so that every portal reads the new one. */
  readonly graceSeconds: number;
}

/** The two logins that take turns. */
export function loginsOf({ role }: RotationConfig): readonly [string, string] {
  return [`${role}_a`, `${role}_b`];
}

/** Whom rights are granted to: with a rotation never to one of the logins. */
export function grantedRole({
  username,
  rotation,
}: {
  readonly username: string;
  readonly rotation?: RotationConfig;
}): string {
  return rotation?.role ?? username;
}
