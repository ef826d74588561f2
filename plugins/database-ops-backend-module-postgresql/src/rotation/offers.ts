import { RotationOffer } from 'backstage-plugin-database-ops-common';
import { PostgresqlConfig } from '../config';
import { loginsOf } from './config';
import { rotatedRoles } from './rotatedRoles';

/** Credentials that can be renewed. */
export function rotationsOf(config: PostgresqlConfig): RotationOffer[] {
  return rotatedRoles(config).map(({ id, title, use, rotation }) => ({
    id,
    title,
    description: `A new password for the login that ${use}: ${loginsOf(rotation)
      .map(login => `'${login}'`)
      .join(
        ' and ',
      )} take turns, and both hold for ${rotation.graceSeconds} s.`,
  }));
}
