import {
  ACL,
  Client,
  CreateMode,
  Exception,
  Id,
  Permission,
} from 'node-zookeeper-client';
import { FleetContext } from '../framework/types';
import { ZOOKEEPER_USERS, digestOf } from './acl';
import { withZooKeeper } from './session';

async function rights(context: FleetContext): Promise<{
  readonly closed: ACL[];
  readonly shared: ACL[];
}> {
  const identify = async (user: { name: string; secret: string }) =>
    new Id('digest', digestOf(user.name, await context.secret(user.secret)));
  const monitor = new ACL(
    Permission.READ,
    await identify(ZOOKEEPER_USERS.monitor),
  );
  const load = new ACL(Permission.ALL, await identify(ZOOKEEPER_USERS.load));
  return { closed: [monitor], shared: [monitor, load] };
}

async function setAcl(
  client: Client,
  path: string,
  acls: ACL[],
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    client.setACL(path, acls, -1, error => (error ? reject(error) : resolve()));
  });
}

/** Creates a node, or leaves the one that is there. */
export async function ensureNode(
  client: Client,
  path: string,
  options: { readonly data?: Buffer; readonly acls: ACL[] },
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    client.create(
      path,
      options.data ?? Buffer.alloc(0),
      options.acls,
      CreateMode.PERSISTENT,
      error => {
        const there =
          error instanceof Exception && error.code === Exception.NODE_EXISTS;
        return error && !there ? reject(error) : resolve();
      },
    );
  });
}

/**
 * Closes the tree: `/` and ZooKeeper's own nodes are readable by the monitor
 * only, `/services` belongs to the load. With the default ACL any digest, even
 * a wrong one, could read and write everything. Idempotent.
 */
export async function closeTree(
  context: FleetContext,
  ports: readonly number[],
): Promise<void> {
  const { closed, shared } = await rights(context);
  await withZooKeeper(
    context,
    { ports, user: ZOOKEEPER_USERS.super, connectSeconds: 60 },
    async client => {
      for (const path of [
        '/',
        '/zookeeper',
        '/zookeeper/config',
        '/zookeeper/quota',
      ]) {
        await setAcl(client, path, closed);
      }
      for (const path of ['/services', '/services/canary']) {
        await ensureNode(client, path, { acls: shared });
      }
    },
  );
}

/** The ACL of what the load creates. */
export async function sharedRights(context: FleetContext): Promise<ACL[]> {
  return (await rights(context)).shared;
}
