import { Signal } from 'backstage-plugin-database-ops-common';
import {
  okSignal,
  thresholdSignal,
  unknownSignal,
  warningSignal,
} from 'backstage-plugin-database-ops-node';
import { PartitionOffset } from './requests';

/** How fast a group reads is not known here: so many unread messages are worth a look. */
const THRESHOLD = { warning: 1000 };
const EXAMPLES = 3;

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
 * made anew, or the offsets were set by hand. Without the end of every
 * partition the lag is unknown, unless what is known is enough for a warning.
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
  const threshold = `warning above ${THRESHOLD.warning} messages`;
  if (partitions.length === 0) {
    return okSignal({
      ...facts,
      value: undefined,
      threshold,
      sentence: `Group ${group} has committed nothing: there is no lag to measure.`,
    });
  }
  const examples = unmeasured
    .slice(0, EXAMPLES)
    .map(({ name }) => name)
    .join(', ');
  const open =
    unmeasured.length > 0
      ? ` Not measured in ${unmeasured.length} of ${partitions.length} partitions (${examples}${unmeasured.length > EXAMPLES ? ', …' : ''}): no leader among the answering brokers told where they end.`
      : '';
  if (beyond.length > 0) {
    return warningSignal({
      ...facts,
      threshold: `${threshold} or when a commit lies beyond the log`,
      sentence: `Group ${group} has committed beyond the end of ${beyond.map(({ name }) => name).join(', ')}: the topic was recreated or the offsets were set by hand. Its lag elsewhere is ${total} messages.${open}`,
    });
  }
  if (unmeasured.length > 0 && total <= THRESHOLD.warning) {
    const known =
      measured.length > 0
        ? `, beside ${total} messages in the ${measured.length} others`
        : '';
    return unknownSignal({
      ...facts,
      value: undefined,
      threshold,
      sentence: `The lag of group ${group} is not known${known}.${open}`,
    });
  }
  return thresholdSignal(
    {
      ...facts,
      threshold,
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
