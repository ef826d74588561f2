import { createHash } from 'node:crypto';

/** Users of the ensemble; ZooKeeper keeps no list of them: whoever knows the password has the digest that an ACL names. */
export const ZOOKEEPER_USERS = {
  monitor: { name: 'dbops_monitor', secret: 'zookeeper-monitor' },
  load: { name: 'dbops_load', secret: 'zookeeper-load' },
  super: { name: 'super', secret: 'zookeeper-super' },
} as const;

/** `name:base64(sha1(name:password))`, the form in which ZooKeeper's ACLs and its super digest are written. */
export function digestOf(name: string, password: string): string {
  const sum = createHash('sha1').update(`${name}:${password}`).digest('base64');
  return `${name}:${sum}`;
}
