export interface Config {
  databaseOps?: {
    databases?: {
      [databaseId: string]: {
        /** Where a Kafka cluster is, and as whom it is watched. */
        kafka?: {
          /** Every broker, by the host and port that it advertises to clients. */
          members: Array<{ name: string; host: string; port: number }>;
          sasl?: {
            mechanism: 'SCRAM-SHA-512' | 'SCRAM-SHA-256' | 'PLAIN';
            /** See docs/engines/kafka.md for its rights. */
            username: string;
            /** @visibility secret */
            password: string;
          };
          /** Present: TLS. */
          tls?: {
            /** PEM file of the authority that signed the brokers' certificates. */
            caFile?: string;
          };
        };
      };
    };
  };
}
