import { Client, Exception } from 'node-zookeeper-client';
import {
  FleetContext,
  FleetLoadOptions,
  FleetLoadResult,
} from '../framework/types';
import { paceWrites } from '../load/pace';
import { ZOOKEEPER_USERS } from './acl';
import { withZooKeeper } from './session';
import { ensureNode, sharedRights } from './tree';

/** So many nodes are written over and over: the ensemble keeps its tree in memory. */
const INSTANCES = 2000;

async function setData(
  client: Client,
  path: string,
  data: Buffer,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    client.setData(path, data, -1, error => {
      if (!error) {
        resolve(true);
      } else if (
        error instanceof Exception &&
        error.code === Exception.NO_NODE
      ) {
        resolve(false);
      } else {
        reject(error);
      }
    });
  });
}

/** Service instances that renew their registration, and a canary a second with the run, number and moment. */
export async function loadZooKeeper(
  context: FleetContext,
  ports: readonly number[],
  options: FleetLoadOptions,
): Promise<FleetLoadResult> {
  const acls = await sharedRights(context);
  return withZooKeeper(
    context,
    { ports, user: ZOOKEEPER_USERS.load, connectSeconds: 30 },
    async client => {
      const run = Date.now().toString(36);
      const put = async (path: string, content: object) => {
        const data = Buffer.from(JSON.stringify(content));
        if (!(await setData(client, path, data))) {
          await ensureNode(client, path, { data, acls });
        }
      };
      return paceWrites(options, {
        write: async (first, count) => {
          await Promise.all(
            Array.from({ length: count }, (_, index) => {
              const number = first + index;
              return put(`/services/instance-${number % INSTANCES}`, {
                run,
                number,
                renewedAt: new Date().toISOString(),
              });
            }),
          );
        },
        canary: async (number, writtenAt) => {
          await put(`/services/canary/${run}`, {
            number,
            writtenAt: writtenAt.toISOString(),
          });
        },
      });
    },
  );
}
