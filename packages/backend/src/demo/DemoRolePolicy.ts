import {
  AuthorizeResult,
  PolicyDecision,
} from '@backstage/plugin-permission-common';
import {
  PermissionPolicy,
  PolicyQuery,
  PolicyQueryUser,
} from '@backstage/plugin-permission-node';
import {
  databaseApprovePermission,
  databaseAuditPermission,
} from 'backstage-plugin-database-ops-common';
import { demoUserRef } from './roles';

const ALLOW: PolicyDecision = { result: AuthorizeResult.ALLOW };
const DENY: PolicyDecision = { result: AuthorizeResult.DENY };

/**
 * The demo's roles over the portal's own policy: viewer and approver start
 * nothing whatever they own, and the approver approves and reads every audit
 * event.
 */
export class DemoRolePolicy implements PermissionPolicy {
  readonly #everyone: PermissionPolicy;

  constructor(everyone: PermissionPolicy) {
    this.#everyone = everyone;
  }

  async handle(
    request: PolicyQuery,
    user?: PolicyQueryUser,
  ): Promise<PolicyDecision> {
    const { name, attributes } = request.permission;
    const who = user?.info.userEntityRef;
    const approvers: readonly string[] = [
      databaseApprovePermission.name,
      databaseAuditPermission.name,
    ];
    if (approvers.includes(name)) {
      if (who === demoUserRef('approver')) {
        return ALLOW;
      }
      if (who === demoUserRef('viewer')) {
        return DENY;
      }
    }
    if (
      attributes.action !== 'read' &&
      (who === demoUserRef('viewer') || who === demoUserRef('approver'))
    ) {
      return DENY;
    }
    return this.#everyone.handle(request, user);
  }
}
