export interface Config {
  databaseOps?: {
    databases?: {
      [databaseId: string]: {
        /** Where a Redis or Redis Cluster is, and as whom it is watched. */
        redis?: {
          /** Every node, by the name that health sentences use. */
          members: Array<{ name: string; host: string; port: number }>;
          /** True for Redis Cluster. */
          cluster?: boolean;
          /** ACL user; see docs/engines/redis.md for its rights. */
          username?: string;
          /** @visibility secret */
          password?: string;
          /** Present: TLS. */
          tls?: {
            /** PEM file of the authority that signed the nodes' certificates. */
            caFile?: string;
          };
        };
      };
    };
  };
}
