import { Secret, secretString } from 'backstage-plugin-database-ops-node';
import { z } from 'zod';
import {
  credentialsFileSchema,
  RotationConfig,
  rotationSchema,
} from '../rotation/config';

export const maintenanceSchema = z.strictObject({
  username: z.string().min(1),
  password: secretString(),
  credentialsFile: credentialsFileSchema.optional(),
  rotation: rotationSchema('dbops_maintenance').optional(),
  lockTimeoutSeconds: z.number().int().min(1).max(3600).default(30),
  statementTimeoutSeconds: z.number().int().min(10).default(14_400),
});

/**
 * The role that maintenance and cancellations run as; docs/maintenance.md has
 * its rights as SQL.
 *
 * @public
 */
export interface MaintenanceConfig {
  readonly username: string;
  readonly password: Secret;
  /** JSON of username and password, mode 0600, used instead of those above as soon as it is there. */
  readonly credentialsFile?: string;
  readonly rotation?: RotationConfig;
  /** How long a command waits for a lock, or for older transactions; nobody who reads or writes waits behind it. */
  readonly lockTimeoutSeconds: number;
  /** Of one command. */
  readonly statementTimeoutSeconds: number;
}
