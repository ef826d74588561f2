import { mockCredentials } from '@backstage/backend-test-utils';
import {
  catalogEntityDeletePermission,
  catalogEntityReadPermission,
} from '@backstage/plugin-catalog-common/alpha';
import {
  AuthorizeResult,
  Permission,
} from '@backstage/plugin-permission-common';
import {
  databaseApprovePermission,
  databaseAuditPermission,
  databaseReadPermission,
  databaseRestorePermission,
  databaseRunPermission,
} from 'backstage-plugin-database-ops-common';
import { DemoRolePolicy } from '../demo/DemoRolePolicy';
import { OwnershipPolicy } from './OwnershipPolicy';

const user = (name: string, ...groups: string[]) => ({
  credentials: mockCredentials.user(`user:default/${name}`),
  info: {
    userEntityRef: `user:default/${name}`,
    ownershipEntityRefs: [`user:default/${name}`, ...groups],
  },
});
const owner = user('owner', 'group:default/platform');
const viewer = user('viewer', 'group:default/platform');
const approver = user('approver');

const ownership = new OwnershipPolicy();
const demo = new DemoRolePolicy(ownership);
const changing = [databaseRunPermission, databaseRestorePermission];

async function decide(
  policy: OwnershipPolicy | DemoRolePolicy,
  permission: Permission,
  who?: ReturnType<typeof user>,
) {
  return policy.handle({ permission }, who);
}

describe('OwnershipPolicy', () => {
  it('lets every signed-in user see databases and the catalogue, and approve where a policy names them', async () => {
    for (const permission of [
      databaseReadPermission,
      databaseApprovePermission,
      catalogEntityReadPermission,
    ]) {
      expect(await decide(ownership, permission, viewer)).toEqual({
        result: AuthorizeResult.ALLOW,
      });
    }
  });

  it('lets nobody in who is not signed in', async () => {
    expect(await decide(ownership, databaseReadPermission)).toEqual({
      result: AuthorizeResult.DENY,
    });
  });

  it.each([...changing, databaseAuditPermission])(
    'ties $name to the databases that the user or their groups own',
    async permission => {
      expect(await decide(ownership, permission, owner)).toMatchObject({
        result: AuthorizeResult.CONDITIONAL,
        pluginId: 'database-ops',
        conditions: {
          params: { owners: ['user:default/owner', 'group:default/platform'] },
        },
      });
    },
  );

  it('lets nobody change the catalogue', async () => {
    expect(
      await decide(ownership, catalogEntityDeletePermission, owner),
    ).toEqual({ result: AuthorizeResult.DENY });
  });
});

describe('DemoRolePolicy', () => {
  it.each(changing)(
    'keeps viewer and approver from $name, even where they own',
    async permission => {
      for (const who of [viewer, approver]) {
        expect(await decide(demo, permission, who)).toEqual({
          result: AuthorizeResult.DENY,
        });
      }
    },
  );

  it('shows audit events to the approver and to owners, not to the viewer', async () => {
    const result = async (who: ReturnType<typeof user>) =>
      (await decide(demo, databaseAuditPermission, who)).result;
    expect(await result(approver)).toBe(AuthorizeResult.ALLOW);
    expect(await result(owner)).toBe(AuthorizeResult.CONDITIONAL);
    expect(await result(viewer)).toBe(AuthorizeResult.DENY);
  });

  it('lets the approver approve and the viewer not', async () => {
    const result = async (who: ReturnType<typeof user>) =>
      (await decide(demo, databaseApprovePermission, who)).result;
    expect(await result(approver)).toBe(AuthorizeResult.ALLOW);
    expect(await result(viewer)).toBe(AuthorizeResult.DENY);
  });

  it('lets each role see databases', async () => {
    for (const who of [owner, viewer, approver]) {
      expect(await decide(demo, databaseReadPermission, who)).toEqual({
        result: AuthorizeResult.ALLOW,
      });
    }
  });
});
