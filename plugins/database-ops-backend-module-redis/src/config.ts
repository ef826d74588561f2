import { JsonValue } from '@backstage/types';
import {
  Secret,
  parseConfig,
  secretString,
} from 'backstage-plugin-database-ops-node';
import { z } from 'zod';

const schema = z.strictObject({
  members: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        host: z.string().min(1),
        port: z.number().int().min(1).max(65535),
      }),
    )
    .min(1),
  cluster: z.boolean().default(false),
  username: z.string().min(1).optional(),
  password: secretString().optional(),
  tls: z.strictObject({ caFile: z.string().min(1).optional() }).optional(),
});

/**
 * `databaseOps.databases.<id>.redis`, parsed.
 *
 * @public
 */
export interface RedisConfig {
  /** Every node; health says so when one of them is away. */
  readonly members: readonly {
    readonly name: string;
    readonly host: string;
    readonly port: number;
  }[];
  /** True for Redis Cluster; otherwise a master with its replicas. */
  readonly cluster: boolean;
  /** ACL user; Redis' `default` user when absent. */
  readonly username?: string;
  readonly password?: Secret;
  /** Present: connect with TLS, checked with that authority or the system's. */
  readonly tls?: { readonly caFile?: string };
}

/** @throws InputError naming the key that is wrong. */
export function readRedisConfig(
  raw: JsonValue | undefined,
  path: string,
): RedisConfig {
  return parseConfig(schema, raw, path);
}
