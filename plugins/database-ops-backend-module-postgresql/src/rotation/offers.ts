import { RotationOffer } from 'backstage-plugin-database-ops-common';
import { PostgresqlConfig } from '../config';

/** Credentials that can be renewed. */
export function rotationsOf({ rotation }: PostgresqlConfig): RotationOffer[] {
  return rotation
    ? [
        {
          id: 'monitoring',
          title: 'Monitoring role',
          description: `A new password for the login that health reads as: '${rotation.role}_a' and '${rotation.role}_b' take turns, and both hold for ${rotation.graceSeconds} s.`,
        },
      ]
    : [];
}
