import { readFile } from 'node:fs/promises';
import { Admin, Producer, stringSerializers } from '@platformatic/kafka';
import {
  FleetContext,
  FleetLoadOptions,
  FleetLoadResult,
} from '../framework/types';
import { paceWrites } from '../load/pace';
import { KAFKA_USERS, KafkaNode } from './brokers';
import { BILLING_GROUP, ORDERS, PAYMENTS } from './provision';

/** How far the billing group stays behind in each partition, so that there is a lag to see. */
const CONSUMER_DELAY_MESSAGES = 5n;

/** Orders, payments, a canary a second in each topic, and the billing group following orders. */
export async function loadKafka(
  context: FleetContext,
  nodes: readonly KafkaNode[],
  options: FleetLoadOptions,
): Promise<FleetLoadResult> {
  const connection = {
    bootstrapBrokers: nodes.map(({ clientPort }) => ({
      host: '127.0.0.1',
      port: clientPort,
    })),
    tls: { ca: await readFile(context.caFile) },
    sasl: {
      mechanism: 'SCRAM-SHA-512' as const,
      username: KAFKA_USERS.load.name,
      password: await context.secret(KAFKA_USERS.load.secret),
    },
    connectTimeout: 5000,
    requestTimeout: 10_000,
  };
  const producer = new Producer({
    ...connection,
    clientId: 'fleet-load',
    serializers: stringSerializers,
    acks: -1,
    autocreateTopics: false,
  });
  const admin = new Admin({ ...connection, clientId: 'fleet-load-billing' });
  const run = Date.now().toString(36);
  const produced = new Map<number, bigint>();
  try {
    return await paceWrites(options, {
      write: async (first, count) => {
        const messages = Array.from({ length: count }, (_, index) => {
          const number = first + index;
          return {
            topic: number % 4 === 3 ? PAYMENTS : ORDERS,
            key: `customer-${number % 500}`,
            value: JSON.stringify({
              run,
              number,
              amount: (number % 9973) / 100,
              placedAt: new Date().toISOString(),
            }),
          };
        });
        const result = await producer.send({ messages });
        for (const { topic, partition, offset } of result.offsets ?? []) {
          if (topic === ORDERS) {
            produced.set(partition, offset);
          }
        }
      },
      canary: async (number, writtenAt) => {
        const value = JSON.stringify({
          run,
          number,
          writtenAt: writtenAt.toISOString(),
        });
        await producer.send({
          messages: [ORDERS, PAYMENTS].map(topic => ({
            topic,
            key: 'dbops-canary',
            value,
          })),
        });
        const partitionOffsets = [...produced]
          .filter(([, offset]) => offset > CONSUMER_DELAY_MESSAGES)
          .map(([partition, offset]) => ({
            partition,
            offset: offset - CONSUMER_DELAY_MESSAGES,
          }));
        if (partitionOffsets.length > 0) {
          await admin.alterConsumerGroupOffsets({
            groupId: BILLING_GROUP,
            topics: [{ name: ORDERS, partitionOffsets }],
          });
        }
      },
    });
  } finally {
    await Promise.all([producer.close(), admin.close()]);
  }
}
