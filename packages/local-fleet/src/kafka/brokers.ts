import { FleetContext } from '../framework/types';

/** One combined broker and controller as the fleet laid it out. */
export interface KafkaNode {
  readonly name: string;
  readonly nodeId: number;
  /** SASL_SSL with SCRAM: what clients use. */
  readonly clientPort: number;
  /** Mutual TLS between brokers and for the fleet's own administration. */
  readonly brokerPort: number;
  /** Mutual TLS between controllers. */
  readonly controllerPort: number;
}

/** Common name of the certificate with which the fleet administers its brokers. */
export const ADMIN_CERTIFICATE = 'fleet-kafka-admin';

export const KAFKA_USERS = {
  monitor: { name: 'dbops_monitor', secret: 'kafka-monitor' },
  load: { name: 'dbops_load', secret: 'kafka-load' },
  admin: { name: 'admin', secret: 'kafka-admin' },
} as const;

const NODE_COUNT = 3;

export async function kafkaNodes(
  context: FleetContext,
): Promise<readonly KafkaNode[]> {
  return Promise.all(
    Array.from({ length: NODE_COUNT }, async (_, index) => {
      const name = `fleet-kafka-${index + 1}`;
      return {
        name,
        nodeId: index + 1,
        clientPort: await context.port(name),
        brokerPort: await context.port(`${name}-broker`),
        controllerPort: await context.port(`${name}-controller`),
      };
    }),
  );
}
