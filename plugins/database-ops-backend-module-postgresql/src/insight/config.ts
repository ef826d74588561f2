import { Secret, secretString } from 'backstage-plugin-database-ops-node';
import { z } from 'zod';

export const queryBoxSchema = z.strictObject({
  username: z.string().min(1),
  password: secretString().optional(),
  rowLimit: z.number().int().min(1).max(10_000).default(200),
  timeoutSeconds: z.number().int().min(1).max(120).default(10),
});

/**
 * The role that reads paused restored copies; docs/query-insight.md has its
 * rights as SQL. It must exist in the source before the backup is taken.
 *
 * @public
 */
export interface QueryBoxConfig {
  readonly username: string;
  /** Only for copies that do not let the portal's account in as that role. */
  readonly password?: Secret;
  readonly rowLimit: number;
  readonly timeoutSeconds: number;
}
