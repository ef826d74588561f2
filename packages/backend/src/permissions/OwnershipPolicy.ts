import {
  AuthorizeResult,
  isResourcePermission,
  PolicyDecision,
  ResourcePermission,
} from '@backstage/plugin-permission-common';
import {
  PermissionPolicy,
  PolicyQuery,
  PolicyQueryUser,
} from '@backstage/plugin-permission-node';
import {
  createDatabaseConditionalDecision,
  databaseConditions,
} from 'backstage-plugin-database-ops-backend';
import {
  databaseApprovePermission,
  databaseReadPermission,
  RESOURCE_TYPE_DATABASE,
} from 'backstage-plugin-database-ops-common';

const ALLOW: PolicyDecision = { result: AuthorizeResult.ALLOW };
const DENY: PolicyDecision = { result: AuthorizeResult.DENY };

/** A second person need not own the database; its policy names who may approve. */
const OPEN_PERMISSIONS: readonly string[] = [
  databaseReadPermission.name,
  databaseApprovePermission.name,
];

/**
 * What a signed-in user may do in this portal: read everything; approve where
 * a database's policy names them; start, restore and audit on databases that the
 * user or a group of theirs owns; change
 * nothing else, for the catalogue and the configuration are files.
 */
export class OwnershipPolicy implements PermissionPolicy {
  async handle(
    { permission }: PolicyQuery,
    user?: PolicyQueryUser,
  ): Promise<PolicyDecision> {
    if (!user) {
      return DENY;
    }
    if (isResourcePermission(permission, RESOURCE_TYPE_DATABASE)) {
      return OPEN_PERMISSIONS.includes(permission.name)
        ? ALLOW
        : ownedDatabases(permission, user);
    }
    return permission.attributes.action === 'read' ? ALLOW : DENY;
  }
}

function ownedDatabases(
  permission: ResourcePermission<typeof RESOURCE_TYPE_DATABASE>,
  user: PolicyQueryUser,
): PolicyDecision {
  return createDatabaseConditionalDecision(
    permission,
    databaseConditions.hasOwner({ owners: user.info.ownershipEntityRefs }),
  );
}
