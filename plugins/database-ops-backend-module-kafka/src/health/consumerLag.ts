import { Signal } from 'backstage-plugin-database-ops-common';
import {
  thresholdSignal,
  warningSignal,
} from 'backstage-plugin-database-ops-node';
import { PartitionOffset } from './requests';

/** The alert rules use the same bound. */
const THRESHOLD = { warning: 1000 };

function key({
  topic,
  partition,
}: {
  topic: string;
  partition: number;
}): string {
  return `${topic}-${partition}`;
}

/**
 * How many messages a group has not read yet, over all of its partitions. A
 * commit beyond the log's end counts as no lag, and is said: the topic was
 * made anew, or the offsets were set by hand.
 */
export function lagSignal(
  group: string,
  committed: readonly PartitionOffset[],
  ends: ReadonlyMap<string, bigint>,
): Signal {
  const partitions = committed
    .map(offset => ({
      name: key(offset),
      end: ends.get(key(offset)),
      committed: offset.offset,
    }))
    .map(each => ({
      ...each,
      lag: each.end === undefined ? undefined : each.end - each.committed,
    }));
  const measured = partitions.filter(({ lag }) => lag !== undefined);
  const unmeasured = partitions.filter(({ lag }) => lag === undefined);
  const beyond = measured.filter(({ lag }) => (lag ?? 0n) < 0n);
  const total = measured.reduce(
    (sum, { lag }) => sum + Number(lag && lag > 0n ? lag : 0n),
    0,
  );
  const facts = {
    id: `lag.${group}`,
    title: `Lag of ${group}`,
    value: total,
    unit: '1',
  };
  const open =
    unmeasured.length > 0
      ? ` Not known for ${unmeasured.map(({ name }) => name).join(', ')}: their leader does not answer.`
      : '';
  if (beyond.length > 0) {
    return warningSignal({
      ...facts,
      threshold: `warning above ${THRESHOLD.warning} messages or when a commit lies beyond the log`,
      sentence: `Group ${group} has committed beyond the end of ${beyond.map(({ name }) => name).join(', ')}: the topic was recreated or the offsets were set by hand. Its lag elsewhere is ${total} messages.${open}`,
    });
  }
  return thresholdSignal(
    {
      ...facts,
      threshold: `warning above ${THRESHOLD.warning} messages`,
      sentence: `Group ${group} is ${total} messages behind in ${measured.length} partitions.${open}`,
    },
    THRESHOLD,
  );
}

/** Log ends by `topic-partition`. */
export function endsByPartition(
  offsets: readonly PartitionOffset[],
): ReadonlyMap<string, bigint> {
  return new Map(offsets.map(each => [key(each), each.offset]));
}
