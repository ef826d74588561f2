import { createHash } from 'node:crypto';

/** Users of the Redis group; each has the rights of one purpose and a password of its own. */
export const REDIS_USERS = {
  monitor: {
    name: 'dbops_monitor',
    secret: 'redis-monitor',
    // What the health checks call and nothing else; docs/engines/redis.md repeats it.
    rules: '+ping +info +cluster|info +cluster|nodes',
  },
  load: {
    name: 'dbops_load',
    secret: 'redis-load',
    rules:
      '~* &* +@read +@write +@connection +@transaction +@pubsub -keys +info +dbsize +cluster|slots +cluster|shards +cluster|nodes +cluster|info +readonly',
  },
  replication: {
    name: 'dbops_replication',
    secret: 'redis-replication',
    rules: '+psync +replconf +ping',
  },
  admin: { name: 'admin', secret: 'redis-admin', rules: '~* &* +@all' },
} as const;

/** The ACL file's lines: digests of the passwords, never the passwords. */
export async function aclFile(
  secret: (name: string) => Promise<string>,
): Promise<string> {
  const lines = ['user default off resetpass -@all'];
  for (const user of Object.values(REDIS_USERS)) {
    const digest = createHash('sha256')
      .update(await secret(user.secret))
      .digest('hex');
    lines.push(`user ${user.name} on #${digest} -@all ${user.rules}`);
  }
  return `${lines.join('\n')}\n`;
}
