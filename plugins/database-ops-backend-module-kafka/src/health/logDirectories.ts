import { Signal, SignalStatus } from 'backstage-plugin-database-ops-common';
import {
  criticalSignal,
  okSignal,
  signalOf,
} from 'backstage-plugin-database-ops-node';
import { LogDirectory } from './requests';

/**
 * The volume below a log directory: a full one stops the broker. On a large
 * volume a quarter is room for weeks, so a bound holds only while little is
 * left in absolute terms too.
 */
const BOUNDS = [
  { status: 'critical', percent: 85, freeGigabytes: 25 },
  { status: 'warning', percent: 75, freeGigabytes: 50 },
] as const;
const THRESHOLD = BOUNDS.map(
  ({ status, percent, freeGigabytes }) =>
    `${status} above ${percent} % with less than ${freeGigabytes} GB free`,
)
  .reverse()
  .join(', ');

export interface BrokerDirectories {
  readonly name: string;
  readonly directories: readonly LogDirectory[];
}

function megabytes(bytes: bigint): string {
  return `${(Number(bytes) / 1_000_000).toFixed(1)} MB`;
}

function logBytes(directory: LogDirectory): bigint {
  return directory.topics
    .flatMap(({ partitions }) => partitions)
    .reduce((sum, { partitionSize }) => sum + partitionSize, 0n);
}

/** Percent and room of one volume, judged together. */
function judgeVolume({ totalBytes, usableBytes }: LogDirectory): {
  readonly percent: number;
  readonly freeGigabytes: number;
  readonly status: SignalStatus;
} {
  const percent =
    Math.round(Number(((totalBytes - usableBytes) * 1000n) / totalBytes)) / 10;
  const freeGigabytes = Number(usableBytes) / 1e9;
  const passed = BOUNDS.find(
    bound => percent > bound.percent && freeGigabytes < bound.freeGigabytes,
  );
  return { percent, freeGigabytes, status: passed?.status ?? 'ok' };
}

/** Worst first. */
const ORDER: readonly SignalStatus[] = ['critical', 'warning', 'ok'];

/** The log directory whose volume is the worst off, and how much of it is Kafka's. */
export function logDirectorySignal(
  brokers: readonly BrokerDirectories[],
): Signal {
  const common = { id: 'log-directories', title: 'Log directories' };
  const directories = brokers.flatMap(({ name, directories: all }) =>
    all.map(directory => ({ name, directory })),
  );
  const failed = directories.filter(
    ({ directory }) => directory.errorCode !== 0,
  );
  if (failed.length > 0) {
    const [{ name, directory }] = failed;
    return criticalSignal({
      ...common,
      member: name,
      value: failed.length,
      unit: '1',
      sentence: `The log directory ${directory.logDir} of ${name} is offline (error code ${directory.errorCode}); the broker's log says why.`,
    });
  }
  const total = directories.reduce(
    (sum, { directory }) => sum + logBytes(directory),
    0n,
  );
  // Brokers older than 3.3 answer -1 for the volume.
  const known = directories.filter(
    ({ directory }) => directory.totalBytes > 0n,
  );
  if (known.length === 0) {
    return okSignal({
      ...common,
      value: Number(total),
      unit: 'By',
      sentence: `The logs of ${brokers.length} brokers hold ${megabytes(total)}; these brokers do not tell the size of their volumes.`,
    });
  }
  const [worst] = known
    .map(({ name, directory }) => ({
      name,
      directory,
      ...judgeVolume(directory),
    }))
    .sort(
      (one, other) =>
        ORDER.indexOf(one.status) - ORDER.indexOf(other.status) ||
        other.percent - one.percent,
    );
  const { name, directory, percent, freeGigabytes } = worst;
  return signalOf(worst.status, {
    ...common,
    value: percent,
    unit: '%',
    threshold: THRESHOLD,
    member: name,
    sentence: `The volume of ${directory.logDir} on ${name} is ${percent} % full with ${freeGigabytes.toFixed(1)} GB free, the worst off of all; ${megabytes(logBytes(directory))} of it are logs, ${megabytes(total)} on all brokers.`,
  });
}
