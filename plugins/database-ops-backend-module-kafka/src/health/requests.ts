import {
  Connection,
  ResponseError,
  apiVersionsV4,
  describeConfigsV4,
  describeLogDirsV4,
  describeQuorumV2,
  listGroupsV5,
  listOffsetsV9,
  metadataV12,
  offsetFetchV9,
} from '@platformatic/kafka';

type MetadataResponse = Awaited<ReturnType<typeof metadataV12.api.async>>;
type QuorumResponse = Awaited<ReturnType<typeof describeQuorumV2.api.async>>;
type LogDirsResponse = Awaited<ReturnType<typeof describeLogDirsV4.api.async>>;

export type Broker = MetadataResponse['brokers'][number];
export type Topic = MetadataResponse['topics'][number];
export type QuorumState =
  QuorumResponse['topics'][number]['partitions'][number];
export type LogDirectory = LogDirsResponse['results'][number];

/** A partition's end or a group's progress in it. */
export interface PartitionOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

const READ_UNCOMMITTED = 0;
const NOT_A_REPLICA = -1;
const LATEST = -1n;
/** In OffsetFetch: whoever asks is no member of the group. */
const NO_MEMBER_EPOCH = -1;
const TOPIC_RESOURCE = 2;

/**
 * The driver throws when one item of an answer carries an error, for example a
 * partition without a leader; the whole answer is in the error, and is what
 * health is about.
 */
async function withPartialAnswer<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ResponseError && error.response) {
      return error.response as T;
    }
    throw error;
  }
}

/** The brokers that this one knows as alive; asks about no topic. */
export async function aliveBrokers(
  connection: Connection,
): Promise<readonly Broker[]> {
  const answer = await metadataV12.api.async(connection, [], false, false);
  return answer.brokers;
}

/**
 * The release level that the cluster's metadata is at; brokers tell no
 * version number. https://kafka.apache.org/documentation/#upgrade lists levels.
 */
export async function metadataVersion(
  connection: Connection,
): Promise<number | undefined> {
  const answer = await apiVersionsV4.api.async(
    connection,
    'database-ops',
    '1.0',
  );
  return answer.finalizedFeatures?.find(
    ({ name }) => name === 'metadata.version',
  )?.maxVersionLevel;
}

/** Every topic, internal ones too, with the state of its partitions. */
export async function allTopics(
  connection: Connection,
): Promise<readonly Topic[]> {
  const answer = await withPartialAnswer(
    metadataV12.api.async(connection, null, false, false),
  );
  return answer.topics;
}

/** KRaft's quorum as its leader sees it. */
export async function quorumState(
  connection: Connection,
): Promise<QuorumState> {
  const answer = await describeQuorumV2.api.async(connection, [
    { topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] },
  ]);
  return answer.topics[0].partitions[0];
}

/** Log directories of the broker that is asked; a failed one carries its error code. */
export async function logDirectories(
  connection: Connection,
): Promise<readonly LogDirectory[]> {
  const answer = await withPartialAnswer(
    describeLogDirsV4.api.async(connection, null),
  );
  if (answer.errorCode !== 0) {
    throw new Error(
      `the broker answers DescribeLogDirs with error code ${answer.errorCode}; docs/engines/kafka.md lists the rights that are needed`,
    );
  }
  return answer.results;
}

/** `min.insync.replicas` of each topic; one whose configuration may not be read is absent. */
export async function minInsyncReplicas(
  connection: Connection,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const answer = await withPartialAnswer(
    describeConfigsV4.api.async(
      connection,
      topics.map(resourceName => ({
        resourceType: TOPIC_RESOURCE,
        resourceName,
        configurationKeys: ['min.insync.replicas'],
      })),
      false,
      false,
    ),
  );
  return new Map(
    answer.results
      .filter(({ errorCode, configs }) => errorCode === 0 && configs.length > 0)
      .map(({ resourceName, configs }) => [
        resourceName,
        Number(configs[0].value),
      ]),
  );
}

/** The groups that this broker coordinates, with the progress that they committed. */
export async function committedOffsets(
  connection: Connection,
): Promise<ReadonlyMap<string, readonly PartitionOffset[]>> {
  const { groups } = await listGroupsV5.api.async(connection, [], []);
  // Share groups keep no offsets in this form.
  const ids = groups
    .filter(({ groupType }) => groupType !== 'share')
    .map(({ groupId }) => groupId);
  if (ids.length === 0) {
    return new Map();
  }
  const answer = await offsetFetchV9.api.async(
    connection,
    ids.map(groupId => ({
      groupId,
      memberId: null,
      memberEpoch: NO_MEMBER_EPOCH,
      topics: null,
    })),
    false,
  );
  return new Map(
    answer.groups.map(({ groupId, topics }) => [
      groupId,
      topics.flatMap(({ name, partitions }) =>
        partitions
          .filter(({ committedOffset }) => committedOffset >= 0n)
          .map(({ partitionIndex, committedOffset }) => ({
            topic: name,
            partition: partitionIndex,
            offset: committedOffset,
          })),
      ),
    ]),
  );
}

/** Log ends of partitions that the asked broker leads. */
export async function endOffsets(
  connection: Connection,
  partitions: readonly { readonly topic: string; readonly partition: number }[],
): Promise<readonly PartitionOffset[]> {
  const byTopic = new Map<string, number[]>();
  for (const { topic, partition } of partitions) {
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition]);
  }
  const answer = await withPartialAnswer(
    listOffsetsV9.api.async(
      connection,
      NOT_A_REPLICA,
      READ_UNCOMMITTED,
      [...byTopic].map(([name, indexes]) => ({
        name,
        partitions: indexes.map(partitionIndex => ({
          partitionIndex,
          currentLeaderEpoch: -1,
          timestamp: LATEST,
        })),
      })),
    ),
  );
  return answer.topics.flatMap(topic =>
    topic.partitions
      .filter(({ errorCode }) => errorCode === 0)
      .map(({ partitionIndex, offset }) => ({
        topic: topic.name,
        partition: partitionIndex,
        offset,
      })),
  );
}
