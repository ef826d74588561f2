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
  sasl: z
    .strictObject({
      mechanism: z.enum(['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN']),
      username: z.string().min(1),
      password: secretString(),
    })
    .optional(),
  tls: z.strictObject({ caFile: z.string().min(1).optional() }).optional(),
});

/**
 * `databaseOps.databases.<id>.kafka`, parsed.
 *
 * @public
 */
export interface KafkaConfig {
  /** Every broker by the host and port that it advertises to clients; health says so when one of them is away. */
  readonly members: readonly {
    readonly name: string;
    readonly host: string;
    readonly port: number;
  }[];
  readonly sasl?: {
    readonly mechanism: 'SCRAM-SHA-512' | 'SCRAM-SHA-256' | 'PLAIN';
    readonly username: string;
    readonly password: Secret;
  };
  /** Present: connect with TLS, checked with that authority or the system's. */
  readonly tls?: { readonly caFile?: string };
}

/** @throws InputError naming the key that is wrong. */
export function readKafkaConfig(
  raw: JsonValue | undefined,
  path: string,
): KafkaConfig {
  return parseConfig(schema, raw, path);
}
