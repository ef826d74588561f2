import { readFile } from 'node:fs/promises';
import { Redis } from 'ioredis';
import {
  answerWithoutTls,
  eventually,
  leftAfterReset,
} from '../framework/testing';
import { LocalFleet } from '../LocalFleet';
import { withRedisAdmin } from './client';

jest.setTimeout(180_000);

describe('the Redis group of a fleet', () => {
  let fleet: LocalFleet;

  beforeAll(async () => {
    fleet = await LocalFleet.temporary({ only: ['redis'] });
    await fleet.up();
  });

  afterAll(async () => {
    await fleet.reset();
  });

  function port(member: string): number {
    return fleet.member(member).ports.client;
  }

  async function as<T>(
    user: { readonly name: string; readonly secret: string } | undefined,
    task: (redis: Redis) => Promise<T>,
  ): Promise<T> {
    const redis = new Redis({
      host: '127.0.0.1',
      port: port('fleet-redis-1'),
      username: user?.name,
      password: user && (await fleet.context.secret(user.secret)),
      tls: { ca: await readFile(fleet.context.caFile) },
      enableReadyCheck: false,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    redis.on('error', error => fleet.context.log(error.message));
    try {
      return await task(redis);
    } finally {
      redis.disconnect();
    }
  }

  async function nodesAs(member: string): Promise<string> {
    return withRedisAdmin(fleet.context, port(member), async redis =>
      String(await redis.call('CLUSTER', 'NODES')),
    );
  }

  it('is a cluster of three masters, each with its own replica', async () => {
    const view = await nodesAs('fleet-redis-1');
    for (const [master, replica] of [
      ['fleet-redis-1', 'fleet-redis-4'],
      ['fleet-redis-2', 'fleet-redis-5'],
      ['fleet-redis-3', 'fleet-redis-6'],
    ]) {
      const line = (name: string) =>
        view.split('\n').find(each => each.includes(`:${port(name)}@`)) ?? '';
      expect(line(master)).toContain('master');
      expect(line(replica)).toContain(`slave ${line(master).split(' ')[0]}`);
    }
  });

  it('lets the monitoring user see health and nothing else', async () => {
    const monitor = { name: 'dbops_monitor', secret: 'redis-monitor' };
    await as(monitor, async redis => {
      expect(await redis.ping()).toBe('PONG');
      expect(await redis.info()).toContain('redis_version');
      await expect(redis.get('any')).rejects.toThrow(/NOPERM/);
      await expect(redis.config('GET', 'maxmemory')).rejects.toThrow(/NOPERM/);
      await expect(redis.call('CLUSTER', 'RESET')).rejects.toThrow(/NOPERM/);
    });
  });

  it('refuses whoever has no user, and whoever speaks without TLS', async () => {
    await as(undefined, async redis => {
      await expect(redis.ping()).rejects.toThrow(/NOAUTH/);
    });
    const answer = await answerWithoutTls(port('fleet-redis-1'), 'PING\r\n');
    expect(answer).not.toMatch(/PONG|NOAUTH/);
  });

  it('takes keys and canaries', async () => {
    const results = await fleet.load({
      ratePerSecond: 100,
      signal: AbortSignal.timeout(3000),
    });
    expect(results.get('redis')).toMatchObject({ errors: 0 });
    expect(results.get('redis')?.writes).toBeGreaterThan(50);
    expect(results.get('redis')?.canaries).toBeGreaterThanOrEqual(2);
  });

  it('stops and starts one member alone; its replica takes over', async () => {
    const master = fleet.member('fleet-redis-3');
    await master.stop();
    expect(await master.state()).toBe('stopped');
    await eventually(async () =>
      /master - \d+ \d+ \d+ connected \d/.test(
        (await nodesAs('fleet-redis-6'))
          .split('\n')
          .find(line => line.includes('myself')) ?? '',
      ),
    );
    await master.start();
    await eventually(async () =>
      (await nodesAs('fleet-redis-3'))
        .split('\n')
        .some(line => line.includes('myself,slave')),
    );
  });

  it('keeps its keys over a restart of everything, whatever the order', async () => {
    const first = await withRedisAdmin(
      fleet.context,
      port('fleet-redis-1'),
      redis => redis.dbsize(),
    );
    for (const name of [2, 5, 1, 6, 4, 3]) {
      await fleet.member(`fleet-redis-${name}`).stop();
    }
    await fleet.up();
    const second = await withRedisAdmin(
      fleet.context,
      port('fleet-redis-1'),
      redis => redis.dbsize(),
    );
    expect(second).toBe(first);
  });

  it('leaves no process, port or folder behind', async () => {
    expect(await leftAfterReset(fleet)).toEqual([]);
  });
});
