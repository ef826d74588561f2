import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { get } from 'node:https';
import { json } from 'node:stream/consumers';
import { Client } from 'node-zookeeper-client';
import {
  answerWithoutTls,
  eventually,
  leftAfterReset,
} from '../framework/testing';
import { LocalFleet } from '../LocalFleet';
import { ZOOKEEPER_USERS } from './acl';
import { withZooKeeper } from './session';

jest.setTimeout(180_000);

async function childrenOf(client: Client, path: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    client.getChildren(path, (error, children) =>
      error ? reject(new Error(error.toString())) : resolve(children),
    );
  });
}

describe('the ZooKeeper group of a fleet', () => {
  let fleet: LocalFleet;

  beforeAll(async () => {
    fleet = await LocalFleet.temporary({ only: ['zookeeper'] });
    await fleet.up();
  });

  afterAll(async () => {
    await fleet.reset();
  });

  function clientPorts(): readonly number[] {
    return fleet.members.map(({ ports }) => ports.client);
  }

  async function role(member: string): Promise<unknown> {
    const [response] = await once(
      get({
        host: '127.0.0.1',
        port: fleet.member(member).ports.admin,
        path: '/commands/monitor',
        ca: await readFile(fleet.context.caFile),
      }),
      'response',
    );
    if (response.statusCode !== 200) {
      response.resume();
      return undefined;
    }
    const answer = (await json(response)) as { server_state?: unknown };
    return answer.server_state;
  }

  it('has one leader and two followers, as the admin server says over TLS', async () => {
    const roles = await Promise.all(
      fleet.members.map(({ name }) => role(name)),
    );
    expect(roles.sort()).toEqual(['follower', 'follower', 'leader']);
  });

  it('lets the monitoring user read the root, and write nothing', async () => {
    await withZooKeeper(
      fleet.context,
      { ports: clientPorts(), user: ZOOKEEPER_USERS.monitor },
      async client => {
        expect(await childrenOf(client, '/')).toContain('services');
        await expect(
          new Promise<void>((resolve, reject) => {
            client.create('/mine', error =>
              error ? reject(new Error(error.toString())) : resolve(),
            );
          }),
        ).rejects.toThrow(/NO_AUTH/);
      },
    );
  });

  it('refuses a wrong password', async () => {
    const stranger = { name: 'dbops_monitor', secret: 'another-password' };
    await withZooKeeper(
      fleet.context,
      { ports: clientPorts(), user: stranger },
      async client => {
        for (const path of ['/', '/zookeeper', '/services']) {
          await expect(childrenOf(client, path)).rejects.toThrow(/NO_AUTH/);
        }
      },
    );
  });

  it('speaks to nobody without TLS', async () => {
    for (const port of Object.values(fleet.members[0].ports)) {
      const answer = await answerWithoutTls(
        port,
        'GET /commands/monitor HTTP/1.0\r\n\r\n',
      );
      expect(answer).not.toContain('server_state');
    }
  });

  it('takes znodes and canaries', async () => {
    const results = await fleet.load({
      ratePerSecond: 100,
      signal: AbortSignal.timeout(3000),
    });
    expect(results.get('zookeeper')).toMatchObject({ errors: 0 });
    expect(results.get('zookeeper')?.writes).toBeGreaterThan(50);
    expect(results.get('zookeeper')?.canaries).toBeGreaterThanOrEqual(2);
  });

  it('stops and starts one member alone', async () => {
    const roles = await Promise.all(
      fleet.members.map(async ({ name }) => ({ name, is: await role(name) })),
    );
    const leader = roles.find(({ is }) => is === 'leader')?.name ?? '';
    await fleet.member(leader).stop();
    expect(await fleet.member(leader).state()).toBe('stopped');
    const others = roles.filter(({ name }) => name !== leader);
    await eventually(async () =>
      (await Promise.all(others.map(({ name }) => role(name)))).includes(
        'leader',
      ),
    );
    await fleet.member(leader).start();
    await eventually(async () => (await role(leader)) === 'follower');
  });

  it('keeps its tree over a restart of everything, whatever the order', async () => {
    for (const name of [2, 1, 3]) {
      await fleet.member(`fleet-zookeeper-${name}`).stop();
    }
    await fleet.up();
    await withZooKeeper(
      fleet.context,
      { ports: clientPorts(), user: ZOOKEEPER_USERS.load },
      async client => {
        const services = await childrenOf(client, '/services');
        expect(services).toContain('instance-0');
      },
    );
  });

  it('leaves no process, port or folder behind', async () => {
    expect(await leftAfterReset(fleet)).toEqual([]);
  });
});
