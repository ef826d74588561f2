import { readFile } from 'node:fs/promises';
import { Admin, Producer, stringSerializers } from '@platformatic/kafka';
import { eventually, leftAfterReset } from '../framework/testing';
import { LocalFleet } from '../LocalFleet';
import { aliveBrokers } from './admin';
import { kafkaNodes } from './brokers';

jest.setTimeout(240_000);

describe('the Kafka group of a fleet', () => {
  let fleet: LocalFleet;

  beforeAll(async () => {
    fleet = await LocalFleet.temporary({ only: ['kafka'] });
    await fleet.up();
  });

  afterAll(async () => {
    await fleet.reset();
  });

  async function connection(user?: {
    readonly name: string;
    readonly password: string;
  }) {
    return {
      clientId: 'test',
      bootstrapBrokers: fleet.members.map(({ ports }) => ({
        host: '127.0.0.1',
        port: ports.client,
      })),
      tls: { ca: await readFile(fleet.context.caFile) },
      sasl: user && {
        mechanism: 'SCRAM-SHA-512' as const,
        username: user.name,
        password: user.password,
      },
      connectTimeout: 5000,
      requestTimeout: 5000,
      retries: 0,
    };
  }

  async function asMonitor<T>(task: (admin: Admin) => Promise<T>): Promise<T> {
    const password = await fleet.context.secret('kafka-monitor');
    const admin = new Admin(
      await connection({ name: 'dbops_monitor', password }),
    );
    try {
      return await task(admin);
    } finally {
      await admin.close();
    }
  }

  it('has the topics and the group, and shows them to the monitoring user', async () => {
    await asMonitor(async admin => {
      expect((await admin.listTopics()).sort()).toEqual(['orders', 'payments']);
      expect([...(await admin.listGroups()).keys()]).toContain('billing');
      const { topics } = await admin.metadata({ topics: ['orders'] });
      expect(topics.get('orders')?.partitions).toHaveLength(6);
      expect(topics.get('orders')?.partitions[0].replicas).toHaveLength(3);
    });
  });

  it('lets the monitoring user change nothing and write nothing', async () => {
    await asMonitor(async admin => {
      await expect(
        admin.createTopics({ topics: ['mine'], partitions: 1, replicas: 1 }),
      ).rejects.toThrow();
      expect(await admin.listTopics()).not.toContain('mine');
    });
    const producer = new Producer({
      ...(await connection({
        name: 'dbops_monitor',
        password: await fleet.context.secret('kafka-monitor'),
      })),
      serializers: stringSerializers,
    });
    await expect(
      producer.send({ messages: [{ topic: 'orders', key: 'k', value: 'v' }] }),
    ).rejects.toThrow();
    await producer.close();
  });

  it('refuses a wrong password, and whoever has none', async () => {
    for (const user of [
      { name: 'dbops_monitor', password: 'wrong' },
      undefined,
    ]) {
      const admin = new Admin(await connection(user));
      await expect(admin.listTopics()).rejects.toThrow();
      await admin.close();
    }
  });

  it('takes messages, canaries and the progress of the billing group', async () => {
    const results = await fleet.load({
      ratePerSecond: 100,
      signal: AbortSignal.timeout(4000),
    });
    expect(results.get('kafka')).toMatchObject({ errors: 0 });
    expect(results.get('kafka')?.writes).toBeGreaterThan(50);
    expect(results.get('kafka')?.canaries).toBeGreaterThanOrEqual(2);
    const [group] = await asMonitor(admin =>
      admin.listConsumerGroupOffsets({ groups: ['billing'] }),
    );
    const progress = group.topics
      .flatMap(({ partitions }) => partitions)
      .reduce((sum, { committedOffset }) => sum + committedOffset, 0n);
    expect(progress).toBeGreaterThan(0n);
  });

  it('stops and starts one member alone', async () => {
    const [first, second] = await kafkaNodes(fleet.context);
    const broker = fleet.member(second.name);
    await broker.stop();
    expect(await broker.state()).toBe('stopped');
    await eventually(
      async () =>
        !(await aliveBrokers(fleet.context, first)).includes(second.nodeId),
    );
    await broker.start();
    expect(await aliveBrokers(fleet.context, first)).toContain(second.nodeId);
  });

  it('comes back after all members were stopped, whatever the order', async () => {
    for (const name of [1, 3, 2]) {
      await fleet.member(`fleet-kafka-${name}`).stop();
    }
    await fleet.up();
    await asMonitor(async admin => {
      expect((await admin.listTopics()).sort()).toEqual(['orders', 'payments']);
    });
  });

  it('leaves no process, port or folder behind', async () => {
    expect(await leftAfterReset(fleet)).toEqual([]);
  });
});
