import { pbkdf2, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  Acl,
  AclOperations,
  AclPermissionTypes,
  Admin,
  Connection,
  ResourcePatternTypes,
  ResourceTypes,
  alterUserScramCredentialsV0,
} from '@platformatic/kafka';
import { FleetContext } from '../framework/types';
import { KAFKA_USERS, KafkaNode } from './brokers';
import { aliveBrokers, withKafkaAdmin } from './admin';

const deriveKey = promisify(pbkdf2);

/** RFC 5802's Hi() with SHA-512; Kafka refuses fewer than 4096 iterations. */
const SCRAM = { mechanism: 2, iterations: 8192, digest: 'sha512', bytes: 64 };
const WAIT_SECONDS = 90;

export const ORDERS = 'orders';
export const PAYMENTS = 'payments';
export const BILLING_GROUP = 'billing';

function allow(
  user: string,
  operation: keyof typeof AclOperations,
  resource: {
    readonly type: keyof typeof ResourceTypes;
    readonly name: string;
  },
): Acl {
  return {
    principal: `User:${user}`,
    host: '*',
    operation: AclOperations[operation],
    permissionType: AclPermissionTypes.ALLOW,
    resourceType: ResourceTypes[resource.type],
    resourceName: resource.name,
    resourcePatternType: ResourcePatternTypes.LITERAL,
  };
}

/** Reads no message and changes nothing; docs/engines/kafka.md repeats it. */
const MONITOR_ACLS: readonly Acl[] = [
  allow(KAFKA_USERS.monitor.name, 'DESCRIBE', {
    type: 'CLUSTER',
    name: 'kafka-cluster',
  }),
  allow(KAFKA_USERS.monitor.name, 'DESCRIBE', { type: 'TOPIC', name: '*' }),
  allow(KAFKA_USERS.monitor.name, 'DESCRIBE_CONFIGS', {
    type: 'TOPIC',
    name: '*',
  }),
  allow(KAFKA_USERS.monitor.name, 'DESCRIBE', { type: 'GROUP', name: '*' }),
];

const LOAD_ACLS: readonly Acl[] = [
  ...[ORDERS, PAYMENTS].flatMap(name =>
    (['READ', 'WRITE', 'DESCRIBE'] as const).map(operation =>
      allow(KAFKA_USERS.load.name, operation, { type: 'TOPIC', name }),
    ),
  ),
  allow(KAFKA_USERS.load.name, 'READ', { type: 'GROUP', name: BILLING_GROUP }),
];

async function scramUsers(
  context: FleetContext,
  connection: Connection,
): Promise<void> {
  const users = await Promise.all(
    Object.values(KAFKA_USERS).map(async user => {
      const salt = randomBytes(24);
      return {
        name: user.name,
        mechanism: SCRAM.mechanism,
        iterations: SCRAM.iterations,
        salt,
        saltedPassword: await deriveKey(
          await context.secret(user.secret),
          salt,
          SCRAM.iterations,
          SCRAM.bytes,
          SCRAM.digest,
        ),
      };
    }),
  );
  await alterUserScramCredentialsV0.api.async(connection, [], users);
}

async function topics(admin: Admin): Promise<void> {
  const existing = await admin.listTopics({ includeInternals: false });
  for (const { name, partitions } of [
    { name: ORDERS, partitions: 6 },
    { name: PAYMENTS, partitions: 3 },
  ]) {
    if (!existing.includes(name)) {
      await admin.createTopics({
        topics: [name],
        partitions,
        replicas: 3,
        configs: [{ name: 'min.insync.replicas', value: '2' }],
      });
    }
  }
}

async function retry(task: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + WAIT_SECONDS * 1000;
  for (;;) {
    try {
      await task();
      return;
    } catch (error) {
      if (Date.now() > deadline) {
        throw error;
      }
      await delay(1000);
    }
  }
}

/** Waits for all brokers, then makes users, their rights, topics and the group's first offsets. Idempotent. */
export async function provisionKafka(
  context: FleetContext,
  nodes: readonly KafkaNode[],
): Promise<void> {
  await retry(async () => {
    const alive = await aliveBrokers(context, nodes[0]);
    if (alive.length < nodes.length) {
      throw new Error(
        `Only brokers ${alive.join(', ')} of ${nodes.length} joined; see logs/fleet-kafka-*.log.`,
      );
    }
  });
  await withKafkaAdmin(context, nodes, async admin => {
    const connections = await admin.connectToBrokers([nodes[0].nodeId]);
    for (const connection of connections.values()) {
      await scramUsers(context, connection);
    }
    await admin.createAcls({ creations: [...MONITOR_ACLS, ...LOAD_ACLS] });
    await topics(admin);
    // The coordinator's own topic is created by the first question for it.
    await retry(async () => {
      const groups = await admin.listGroups();
      if (!groups.has(BILLING_GROUP)) {
        await admin.alterConsumerGroupOffsets({
          groupId: BILLING_GROUP,
          topics: [
            {
              name: ORDERS,
              partitionOffsets: Array.from({ length: 6 }, (_, partition) => ({
                partition,
                offset: 0n,
              })),
            },
          ],
        });
      }
    });
  });
}
