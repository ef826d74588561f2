import { Signal } from 'backstage-plugin-database-ops-common';
import { criticalSignal, okSignal } from 'backstage-plugin-database-ops-node';
import { BrokerNames } from './BrokerNames';
import { Topic } from './requests';

const EXAMPLES = 3;
const NO_LEADER = -1;

interface Partition {
  readonly name: string;
  readonly topic: string;
  readonly leaderId: number;
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

function partitionsOf(topics: readonly Topic[]): readonly Partition[] {
  return topics.flatMap(topic =>
    topic.partitions.map(partition => ({
      name: `${topic.name}-${partition.partitionIndex}`,
      topic: topic.name ?? '',
      leaderId: partition.leaderId,
      replicas: partition.replicaNodes,
      inSync: partition.isrNodes,
    })),
  );
}

/** Some partitions by name, and the brokers whose copies are missing. */
function describeConcerned(
  concerned: readonly Partition[],
  names: BrokerNames,
): string {
  const examples = concerned
    .slice(0, EXAMPLES)
    .map(({ name }) => name)
    .join(', ');
  const more = concerned.length > EXAMPLES ? ', …' : '';
  const missing = new Set(
    concerned.flatMap(({ replicas, inSync }) =>
      replicas.filter(id => !inSync.includes(id)),
    ),
  );
  const who = [...missing]
    .map(id => names.name(id))
    .sort()
    .join(', ');
  return `(${examples}${more})${who ? `; out of sync: ${who}` : ''}`;
}

/** Under-replicated, offline and under-min-ISR partitions, internal topics included. */
export function partitionSignals(
  topics: readonly Topic[],
  minInsync: ReadonlyMap<string, number>,
  names: BrokerNames,
): readonly Signal[] {
  const all = partitionsOf(topics);
  const signal = (
    id: string,
    title: string,
    concerned: readonly Partition[],
    sentences: { readonly good: string; readonly bad: string },
  ) => {
    const facts = {
      id,
      title,
      value: concerned.length,
      unit: '1',
      threshold: 'critical above 0',
    };
    return concerned.length === 0
      ? okSignal({ ...facts, sentence: sentences.good })
      : criticalSignal({
          ...facts,
          sentence: `${concerned.length} of ${all.length} partitions ${sentences.bad} ${describeConcerned(concerned, names)}.`,
        });
  };
  return [
    signal(
      'partitions-offline',
      'Offline partitions',
      all.filter(({ leaderId }) => leaderId === NO_LEADER),
      {
        good: `All ${all.length} partitions have a leader.`,
        bad: 'have no leader and can be neither read nor written',
      },
    ),
    signal(
      'partitions-under-min-isr',
      'Partitions below min.insync.replicas',
      all.filter(
        ({ topic, inSync }) => inSync.length < (minInsync.get(topic) ?? 1),
      ),
      {
        good: `All ${all.length} partitions have the replicas in sync that their topic asks for.`,
        bad: 'are below min.insync.replicas and refuse writes with acks=all',
      },
    ),
    signal(
      'partitions-under-replicated',
      'Under-replicated partitions',
      all.filter(({ replicas, inSync }) => inSync.length < replicas.length),
      {
        good: `All ${all.length} partitions are fully replicated.`,
        bad: 'are under-replicated',
      },
    ),
  ];
}
