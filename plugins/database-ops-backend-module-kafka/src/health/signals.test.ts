import { BrokerNames } from './BrokerNames';
import { endsByPartition, lagSignal } from './consumerLag';
import { logDirectorySignal } from './logDirectories';
import { partitionSignals } from './partitions';
import { quorumSignal } from './quorum';
import { LogDirectory, QuorumState, Topic } from './requests';

const MEMBERS = [1, 2, 3].map(id => ({
  name: `kafka-${id}`,
  host: 'h',
  port: 9000 + id,
}));

function namesOf(...alive: number[]): BrokerNames {
  const names = new BrokerNames(MEMBERS);
  names.learn(
    alive.map(nodeId => ({
      nodeId,
      host: 'h',
      port: 9000 + nodeId,
      rack: null,
    })),
    [1, 2, 3],
  );
  return names;
}

function topic(
  name: string,
  ...partitions: { leaderId: number; isr: number[] }[]
): Topic {
  return {
    errorCode: 0,
    name,
    topicId: name,
    isInternal: false,
    topicAuthorizedOperations: 0,
    partitions: partitions.map(({ leaderId, isr }, partitionIndex) => ({
      errorCode: 0,
      partitionIndex,
      leaderId,
      leaderEpoch: 0,
      replicaNodes: [1, 2, 3],
      isrNodes: isr,
      offlineReplicas: [],
    })),
  };
}

function quorum(leaderId: number, caughtUp: readonly bigint[]): QuorumState {
  return {
    partitionIndex: 0,
    errorCode: 0,
    errorMessage: null,
    leaderId,
    leaderEpoch: 1,
    highWatermark: 100n,
    observers: [],
    currentVoters: caughtUp.map((lastCaughtUpTimestamp, index) => ({
      replicaId: index + 1,
      replicaDirectoryId: '',
      logEndOffset: 100n,
      lastFetchTimestamp: lastCaughtUpTimestamp,
      lastCaughtUpTimestamp,
    })),
  };
}

describe('names of brokers', () => {
  it('include one that was away from the start, by elimination', () => {
    expect(namesOf(1, 3).name(2)).toBe('kafka-2');
    expect(namesOf(3).name(2)).toBe('broker 2');
  });

  it('leave open which broker a member is whose address is not the advertised one', () => {
    const [first, second, third] = MEMBERS;
    const names = namesOf(1);
    expect(names.mayBe(first, 1)).toBe(true);
    expect(names.mayBe(first, 2)).toBe(false);
    expect(names.mayBe(second, 1)).toBe(false);
    expect([second, third].map(member => names.mayBe(member, 2))).toEqual([
      true,
      true,
    ]);
  });
});

describe('signals of Kafka', () => {
  it('count partitions that are offline, below their minimum and under-replicated, and name who is out of sync', () => {
    const topics = [
      topic('orders', { leaderId: 1, isr: [1, 3] }, { leaderId: -1, isr: [2] }),
      topic('payments', { leaderId: 1, isr: [1, 2, 3] }),
    ];
    const signals = partitionSignals(
      topics,
      new Map([
        ['orders', 2],
        ['payments', 2],
      ]),
      namesOf(1, 3),
    );
    expect(signals.map(({ id, value }) => [id, value])).toEqual([
      ['partitions-offline', 1],
      ['partitions-under-min-isr', 1],
      ['partitions-under-replicated', 2],
    ]);
    expect(signals[2].sentence).toContain(
      'out of sync: kafka-1, kafka-2, kafka-3',
    );
  });

  it('are critical without a leader of the quorum and without a majority that keeps up', () => {
    const names = namesOf(1, 2, 3);
    expect(quorumSignal(quorum(-1, [1n, 1n, 1n]), names).status).toBe(
      'critical',
    );
    expect(
      quorumSignal(quorum(1, [100_000n, 99_500n, 99_800n]), names).status,
    ).toBe('ok');
    expect(
      quorumSignal(quorum(1, [100_000n, 80_000n, 99_800n]), names),
    ).toMatchObject({ status: 'warning', member: 'kafka-2', value: 20 });
    expect(quorumSignal(quorum(1, [100_000n, -1n, -1n]), names)).toMatchObject({
      status: 'critical',
      sentence: expect.stringContaining('has not caught up since'),
    });
  });

  it('sum the lag of a group, and say when a commit lies beyond the log', () => {
    const at = (partition: number, offset: bigint) => ({
      topic: 'orders',
      partition,
      offset,
    });
    const ends = endsByPartition([at(0, 2000n), at(1, 10n)]);
    expect(lagSignal('billing', [at(0, 500n), at(1, 10n)], ends)).toMatchObject(
      {
        status: 'warning',
        value: 1500,
      },
    );
    expect(
      lagSignal('billing', [at(0, 1990n), at(1, 50n)], ends),
    ).toMatchObject({
      status: 'warning',
      value: 10,
      sentence: expect.stringContaining('beyond the end of orders-1'),
    });
  });

  it('do not know the lag of a group while it is not measured in all of its partitions', () => {
    const at = (partition: number, offset: bigint) => ({
      topic: 'orders',
      partition,
      offset,
    });
    const ends = endsByPartition([at(0, 2000n), at(1, 10n)]);
    const none = lagSignal('billing', [at(2, 5n)], ends);
    expect(none).toMatchObject({
      status: 'unknown',
      sentence: expect.stringContaining('1 of 1 partitions (orders-2)'),
    });
    expect(none).not.toHaveProperty('value');
    const some = lagSignal('billing', [at(1, 5n), at(2, 5n)], ends);
    expect(some).toMatchObject({
      status: 'unknown',
      sentence: expect.stringContaining('1 of 2 partitions (orders-2)'),
    });
    expect(some).not.toHaveProperty('value');
    // What is known is enough for a warning.
    expect(lagSignal('billing', [at(0, 500n), at(2, 5n)], ends)).toMatchObject({
      status: 'warning',
      value: 1500,
      sentence: expect.stringContaining('1 of 2 partitions (orders-2)'),
    });
    const nothing = lagSignal('billing', [], ends);
    expect(nothing.status).toBe('ok');
    expect(nothing).not.toHaveProperty('value');
  });

  it('judge the volume by percent and by what is left', () => {
    const directory = (
      free: bigint,
      total: bigint,
      errorCode = 0,
    ): LogDirectory => ({
      errorCode,
      logDir: '/data',
      topics: [],
      totalBytes: total,
      usableBytes: free,
    });
    const signal = (...directories: LogDirectory[]) =>
      logDirectorySignal([{ name: 'kafka-1', directories }]);
    const gigabyte = 1_000_000_000n;
    expect(signal(directory(10n * gigabyte, 100n * gigabyte)).status).toBe(
      'critical',
    );
    expect(signal(directory(24n * gigabyte, 100n * gigabyte)).status).toBe(
      'warning',
    );
    expect(signal(directory(1000n * gigabyte, 10_000n * gigabyte)).status).toBe(
      'ok',
    );
    expect(signal(directory(1n, 1n, 56)).status).toBe('critical');
    // The fuller one has room; the other one has not.
    expect(
      signal(
        directory(100n * gigabyte, 1000n * gigabyte),
        directory(2n * gigabyte, 17n * gigabyte),
      ),
    ).toMatchObject({ status: 'critical', value: 88.2 });
    expect(
      signal(
        directory(100n * gigabyte, 1000n * gigabyte),
        directory(200n * gigabyte, 1000n * gigabyte),
      ),
    ).toMatchObject({ status: 'ok', value: 90 });
  });
});
