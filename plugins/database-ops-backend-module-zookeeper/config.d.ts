export interface Config {
  databaseOps?: {
    databases?: {
      [databaseId: string]: {
        /** Where a ZooKeeper ensemble is, and as whom it is watched. */
        zookeeper?: {
          /** Every server, by the name that health sentences use. */
          members: Array<{
            name: string;
            host: string;
            /** Client port; the secure one where there is TLS. */
            port: number;
            /** Of the admin server. */
            adminPort: number;
          }>;
          /** User of the digest scheme; see docs/engines/zookeeper.md for its rights. */
          username: string;
          /** @visibility secret */
          password: string;
          /** Present: TLS to client port and admin server. */
          tls?: {
            /** PEM file of the authority that signed the servers' certificates. */
            caFile?: string;
          };
        };
      };
    };
  };
}
