import { readFile } from 'node:fs/promises';
import { Redis } from 'ioredis';
import { FleetContext } from '../framework/types';
import { REDIS_USERS } from './acl';

/** Runs one task on a short connection of the fleet's admin to one node. */
export async function withRedisAdmin<T>(
  context: FleetContext,
  port: number,
  task: (redis: Redis) => Promise<T>,
): Promise<T> {
  const redis = new Redis({
    host: '127.0.0.1',
    port,
    username: REDIS_USERS.admin.name,
    password: await context.secret(REDIS_USERS.admin.secret),
    tls: { ca: await readFile(context.caFile) },
    lazyConnect: true,
    connectTimeout: 3000,
    commandTimeout: 10_000,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  let lastError: Error | undefined;
  // The client repeats a connection's failure as an event, which would end the process.
  redis.on('error', error => {
    lastError = error;
  });
  try {
    await redis.connect();
    return await task(redis);
  } catch (error) {
    throw lastError ?? error;
  } finally {
    redis.disconnect();
  }
}
