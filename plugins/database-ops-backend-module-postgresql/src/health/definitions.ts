import { Threshold } from 'backstage-plugin-database-ops-node';

/** What is fixed about a signal; docs/postgresql-signals.md explains each to its reader. */
export interface SignalDefinition {
  readonly title: string;
  readonly unit?: string;
  /**
   * Bounds of its value unless configured, each with its reason in
   * docs/postgresql-signals.md. Without them the signal judges a state.
   */
  readonly bounds?: Threshold;
  /** What else is judged, or how the bounds follow from a setting. */
  readonly rule?: string;
}

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

const MEMBERS = {
  writable: {
    title: 'Takes writes',
    rule: 'critical when no member takes writes',
  },
  role: {
    title: 'One primary',
    unit: '1',
    rule: 'critical unless exactly one member is primary',
  },
  /** One for each member, as `reachable.<member>`. */
  reachable: {
    title: 'Reachable',
    rule: 'critical when it does not answer a query',
  },
  disk: {
    title: 'Disk of the data directory',
    unit: '%',
    bounds: { warning: 75, critical: 85 },
  },
  certificate: {
    title: 'Certificate',
    unit: 'd',
    bounds: { warning: 21, critical: 3, direction: 'below' },
  },
  failover: {
    title: 'Failover',
    unit: '1',
    rule: 'warning for an hour after another primary or timeline was seen',
  },
  configuration: {
    title: 'Configuration',
    unit: '1',
    rule: 'never a warning; names what was changed in the last hour',
  },
  'pending-restart': {
    title: 'Pending restart',
    unit: '1',
    bounds: { warning: 0 },
  },
  canary: {
    title: 'Canary',
    rule: 'unknown when the row could not be written',
  },
} as const satisfies Record<string, SignalDefinition>;

const REPLICATION = {
  standby: {
    title: 'Standbys',
    unit: '1',
    rule: 'critical when an expected standby is not streaming',
  },
  'replication-lag-seconds': {
    title: 'Replication lag in seconds',
    unit: 's',
    bounds: { warning: 5, critical: 10 },
  },
  'replication-lag-bytes': {
    title: 'Replication lag in bytes',
    unit: 'By',
    bounds: { warning: 100_000_000, critical: 1_000_000_000 },
  },
  slots: {
    title: 'Replication slots',
    unit: 'By',
    bounds: { warning: 1_000_000_000, critical: 10_000_000_000 },
    rule: 'warning when one is inactive or extended, critical when its WAL is going',
  },
  'replication-conflicts': {
    title: 'Replication conflicts',
    unit: '/h',
    bounds: { warning: 10, critical: 100 },
    rule: 'measured over the last hour, judged from 10 min on; one alone is no rate',
  },
  'replay-paused': {
    title: 'Replay of standbys',
    rule: 'warning while replay is paused',
  },
} as const satisfies Record<string, SignalDefinition>;

const ARCHIVE = {
  archiver: {
    title: 'WAL archiver',
    unit: 's',
    bounds: { warning: 0, critical: 300 },
    rule: 'counted while attempts fail; warning when archive_mode is off',
  },
  'archive-backlog': {
    title: 'WAL waiting for the archive',
    unit: '1',
    bounds: { warning: 10, critical: 100 },
  },
  'wal-backlog': {
    title: 'Time until WAL fills the disk',
    unit: 'h',
    bounds: { warning: 24, critical: 4, direction: 'below' },
    rule: 'judged while three WAL segments or more wait for the archive; warning where the time is not known',
  },
  'archive-age': {
    title: 'Age of the archive',
    unit: 's',
    bounds: {},
    rule: 'unless configured: warning above 2 × archive_timeout + 1 min, critical above 10 × archive_timeout + 5 min; 1 h and 2 h without archive_timeout',
  },
} as const satisfies Record<string, SignalDefinition>;

const ACTIVITY = {
  connections: {
    title: 'Connections',
    unit: '%',
    bounds: { warning: 80, critical: 95 },
  },
  'longest-transaction': {
    title: 'Longest transaction',
    unit: 's',
    bounds: { warning: 300, critical: 1800 },
  },
  'prepared-transactions': {
    title: 'Prepared transactions',
    unit: 's',
    bounds: { warning: 300, critical: 1800 },
  },
  'lock-waits': {
    title: 'Lock waits',
    unit: 's',
    bounds: { warning: 30, critical: 300 },
  },
  'idle-in-transaction': {
    title: 'Idle in transaction',
    unit: '1',
    bounds: { warning: 10, critical: 50 },
    rule: 'of sessions for over 1 min',
  },
} as const satisfies Record<string, SignalDefinition>;

const STORAGE = {
  'transaction-id-age': {
    title: 'Transaction id age',
    unit: '%',
    bounds: { warning: 40, critical: 75 },
  },
  'multixact-age': {
    title: 'Multixact age',
    unit: '%',
    bounds: { warning: 40, critical: 75 },
  },
  'page-checksums': {
    title: 'Page checksums',
    unit: '1',
    bounds: { critical: 0 },
  },
  autovacuum: {
    title: 'Autovacuum',
    unit: '1',
    rule: 'warning when it is off, or all workers are busy and more tables than workers wait',
  },
  'dead-rows': {
    title: 'Dead rows',
    unit: '1',
    bounds: { warning: 0 },
    rule: 'of tables with over 50,000 and 20 % dead rows by estimate',
  },
  'cache-hit': {
    title: 'Cache hit ratio',
    unit: '%',
    bounds: { warning: 90, direction: 'below' },
    rule: 'of at least 10,000 blocks',
  },
  deadlocks: {
    title: 'Deadlocks',
    unit: '/h',
    bounds: { warning: 10, critical: 100 },
    rule: 'measured over the last hour, judged from 10 min on; one alone is no rate',
  },
  'temporary-files': {
    title: 'Temporary files',
    unit: 'By/h',
    bounds: { warning: 10_000_000_000, critical: 100_000_000_000 },
    rule: 'measured over the last hour, judged from 10 min on',
  },
  checkpoints: {
    title: 'Checkpoints',
    unit: '%',
    bounds: { warning: 50 },
    rule: 'requested, of at least 20',
  },
} as const satisfies Record<string, SignalDefinition>;

const TIMESCALE = {
  'timescaledb-jobs-failed': {
    title: 'TimescaleDB jobs that fail',
    unit: '1',
    bounds: { warning: 0, critical: 4 },
    rule: 'failures in a row of the worst job',
  },
  'timescaledb-jobs-overdue': {
    title: 'TimescaleDB jobs overdue',
    unit: 's',
    bounds: { warning: 900, critical: 4 * HOUR_SECONDS },
    rule: 'warning when one has never run at two checks',
  },
  'timescaledb-jobs-disabled': {
    title: 'TimescaleDB jobs disabled',
    unit: '1',
    bounds: { warning: 0 },
  },
  'timescaledb-uncompressed-chunks': {
    title: 'Chunks overdue for compression',
    unit: '1',
    bounds: { warning: 0, critical: 20 },
    rule: 'of chunks that their policy should have compressed two runs ago',
  },
  'timescaledb-compression-ratio': {
    title: 'Compression ratio',
    unit: '1',
    bounds: { warning: 2, direction: 'below' },
    rule: 'of hypertables with at least 10 MB compressed',
  },
  'timescaledb-future-chunks': {
    title: 'Chunks in the future',
    unit: '1',
    bounds: { warning: 0 },
    rule: 'of chunks that begin later than one chunk interval from now',
  },
  'timescaledb-background-workers': {
    title: 'TimescaleDB background workers',
    unit: '1',
    bounds: { warning: 0 },
    rule: 'jobs that wait while no worker is free; warning when none may run',
  },
  'timescaledb-continuous-aggregates': {
    title: 'Continuous aggregates behind',
    unit: 's',
    bounds: { warning: HOUR_SECONDS, critical: DAY_SECONDS },
    rule: 'beyond what the refresh policy allows',
  },
  'timescaledb-restoring': {
    title: 'TimescaleDB restoring mode',
    rule: 'critical while timescaledb.restoring is on',
  },
} as const satisfies Record<string, SignalDefinition>;

/** Every signal that this engine can give. */
export const DEFINITIONS = {
  ...MEMBERS,
  ...REPLICATION,
  ...ARCHIVE,
  ...ACTIVITY,
  ...STORAGE,
  ...TIMESCALE,
};

export type SignalId = keyof typeof DEFINITIONS;

export function definitionOf(id: SignalId): SignalDefinition {
  return DEFINITIONS[id];
}

export const SIGNAL_IDS = Object.keys(DEFINITIONS) as readonly SignalId[];
