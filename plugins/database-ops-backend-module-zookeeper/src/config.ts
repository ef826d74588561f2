import { JsonValue } from '@backstage/types';
import {
  Secret,
  parseConfig,
  secretString,
} from 'backstage-plugin-database-ops-node';
import { z } from 'zod';

const port = z.number().int().min(1).max(65535);

const schema = z.strictObject({
  members: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        host: z.string().min(1),
        port,
        adminPort: port,
      }),
    )
    .min(1),
  username: z.string().min(1),
  password: secretString(),
  tls: z.strictObject({ caFile: z.string().min(1).optional() }).optional(),
});

/**
 * One server of an ensemble.
 *
 * @public
 */
export interface ZooKeeperMember {
  readonly name: string;
  readonly host: string;
  /** The client port; the secure one where there is TLS. */
  readonly port: number;
  /** Of the admin server, which tells what the signals are made of. */
  readonly adminPort: number;
}

/**
 * `databaseOps.databases.<id>.zookeeper`, parsed.
 *
 * @public
 */
export interface ZooKeeperConfig {
  readonly members: readonly ZooKeeperMember[];
  /** Of the digest scheme; may read `/`. */
  readonly username: string;
  readonly password: Secret;
  /** Present: TLS to client port and admin server, checked with that authority or the system's. */
  readonly tls?: { readonly caFile?: string };
}

/** @throws InputError naming the key that is wrong. */
export function readZooKeeperConfig(
  raw: JsonValue | undefined,
  path: string,
): ZooKeeperConfig {
  return parseConfig(schema, raw, path);
}
