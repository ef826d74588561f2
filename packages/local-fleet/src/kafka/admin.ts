import { readFile } from 'node:fs/promises';
import { Admin, Connection, describeClusterV1 } from '@platformatic/kafka';
import { FleetContext } from '../framework/types';
import { ADMIN_CERTIFICATE, KafkaNode } from './brokers';

async function adminTls(context: FleetContext): Promise<{
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}> {
  const files = await context.certificate(ADMIN_CERTIFICATE);
  const [ca, cert, key] = await Promise.all([
    readFile(files.caFile),
    readFile(files.certFile),
    readFile(files.keyFile),
  ]);
  return { ca, cert, key };
}

/** Runs one task as the fleet's administrator, known by certificate. */
export async function withKafkaAdmin<T>(
  context: FleetContext,
  nodes: readonly KafkaNode[],
  task: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = new Admin({
    clientId: 'fleet-admin',
    bootstrapBrokers: nodes.map(({ brokerPort }) => ({
      host: '127.0.0.1',
      port: brokerPort,
    })),
    tls: await adminTls(context),
    connectTimeout: 5000,
    requestTimeout: 15_000,
    retries: 2,
  });
  try {
    return await task(admin);
  } finally {
    await admin.close();
  }
}

/** Names of the brokers that the cluster, asked through one of them, counts as alive. */
export async function aliveBrokers(
  context: FleetContext,
  node: KafkaNode,
): Promise<readonly number[]> {
  const connection = new Connection('fleet-ready', {
    tls: await adminTls(context),
    connectTimeout: 3000,
    requestTimeout: 3000,
  });
  try {
    await connection.connect('127.0.0.1', node.brokerPort);
    const answer = await describeClusterV1.api.async(connection, false, 1);
    return answer.brokers.map(({ brokerId }) => brokerId);
  } finally {
    await connection.close();
  }
}

/** Whether the controller of a node answers; it does before there is a quorum. */
export async function controllerAnswers(
  context: FleetContext,
  node: KafkaNode,
): Promise<boolean> {
  const connection = new Connection('fleet-ready', {
    tls: await adminTls(context),
    connectTimeout: 3000,
    requestTimeout: 3000,
  });
  try {
    await connection.connect('127.0.0.1', node.controllerPort);
    return true;
  } finally {
    await connection.close();
  }
}
