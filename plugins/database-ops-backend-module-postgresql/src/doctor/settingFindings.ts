import { Signal, SignalStatus } from 'backstage-plugin-database-ops-common';
import { ARCHIVE_TIMEOUT_SECONDS } from '../host-setup/settings';
import { finding } from './finding';

/** In the unit of pg_settings: MB for sizes, s for times. */
export const SETTINGS = `
SELECT jsonb_object_agg(name, setting) AS settings FROM pg_settings
WHERE name IN (
  'archive_mode', 'archive_command', 'archive_library', 'archive_timeout', 'wal_level',
  'fsync', 'full_page_writes', 'data_checksums', 'hot_standby',
  'max_wal_size', 'max_slot_wal_keep_size', 'max_wal_senders', 'max_replication_slots',
  'shared_preload_libraries', 'compute_query_id', 'password_encryption', 'ssl')`;

export type Settings = Readonly<Record<string, string | undefined>>;

interface Rule {
  readonly id: string;
  readonly title: string;
  readonly setting: string;
  readonly judge: (value: string) => {
    readonly status: SignalStatus;
    readonly why: string;
  };
  readonly nextStep: string;
}

/** Longer than this nobody meant it. */
const LONGEST_ARCHIVE_TIMEOUT_SECONDS = 60;
/** The default; below it busy servers make checkpoints all the time. */
const LEAST_MAX_WAL_SIZE_MEGABYTES = 1024;

const wanted =
  (values: readonly string[], worst: SignalStatus, why: string) =>
  (value: string) =>
    values.includes(value)
      ? { status: 'ok' as const, why: '' }
      : { status: worst, why };

const RULES: readonly Rule[] = [
  {
    id: 'archive-mode',
    title: 'Archiving',
    setting: 'archive_mode',
    judge: wanted(['on'], 'critical', 'pgBackRest needs it to be on'),
    nextStep: "Set archive_mode = 'on' and restart PostgreSQL.",
  },
  {
    id: 'wal-level',
    title: 'Content of the log',
    setting: 'wal_level',
    judge: wanted(
      ['replica', 'logical'],
      'critical',
      'the log cannot be replayed by a restore',
    ),
    nextStep: "Set wal_level = 'replica' and restart PostgreSQL.",
  },
  {
    id: 'archive-command',
    title: 'Archive command',
    setting: 'archive_command',
    judge: value =>
      /\bpgbackrest\b.*archive-push/.test(value)
        ? { status: 'ok', why: '' }
        : {
            status: 'critical',
            why: 'it is not "pgbackrest … archive-push %p"',
          },
    nextStep:
      'Set it to what "dbops postgresql configure" renders, and reload.',
  },
  {
    id: 'archive-timeout',
    title: 'Bound of a quiet database',
    setting: 'archive_timeout',
    judge: value => judgeTimeout(Number(value)),
    nextStep: `Set archive_timeout = '${ARCHIVE_TIMEOUT_SECONDS}s' and reload.`,
  },
  {
    id: 'fsync',
    title: 'Durability',
    setting: 'fsync',
    judge: wanted(['on'], 'critical', 'a crash destroys the database'),
    nextStep: "Set fsync = 'on' and reload.",
  },
  {
    id: 'full-page-writes',
    title: 'Whole pages in the log',
    setting: 'full_page_writes',
    judge: wanted(['on'], 'critical', 'a backup may be torn'),
    nextStep: "Set full_page_writes = 'on' and reload.",
  },
  {
    id: 'checksums',
    title: 'Page checksums',
    setting: 'data_checksums',
    judge: wanted(
      ['on'],
      'warning',
      'a damaged page is backed up without being noticed',
    ),
    nextStep: 'Stop the server and run "pg_checksums --enable".',
  },
  {
    id: 'hot-standby',
    title: 'Questions to standbys',
    setting: 'hot_standby',
    judge: wanted(['on'], 'warning', 'standbys cannot be asked how they are'),
    nextStep: "Set hot_standby = 'on' and restart the standbys.",
  },
  {
    id: 'max-wal-size',
    title: 'Log between checkpoints',
    setting: 'max_wal_size',
    judge: value =>
      Number(value) >= LEAST_MAX_WAL_SIZE_MEGABYTES
        ? { status: 'ok', why: '' }
        : {
            status: 'warning',
            why: `below ${LEAST_MAX_WAL_SIZE_MEGABYTES} MB checkpoints follow each other under load`,
          },
    nextStep: "Set max_wal_size = '1GB' or more and reload.",
  },
  {
    id: 'slot-limit',
    title: 'Log that slots may hold back',
    setting: 'max_slot_wal_keep_size',
    judge: value =>
      Number(value) >= 0
        ? { status: 'ok', why: '' }
        : {
            status: 'warning',
            why: 'without a limit one standby that is gone fills the disk of the primary',
          },
    nextStep: "Set max_slot_wal_keep_size, for example to '10GB', and reload.",
  },
  {
    id: 'password-encryption',
    title: 'Kept passwords',
    setting: 'password_encryption',
    judge: wanted(
      ['scram-sha-256'],
      'warning',
      'new passwords are kept in a form that can be replayed',
    ),
    nextStep:
      "Set password_encryption = 'scram-sha-256', reload, and set passwords anew.",
  },
  {
    id: 'tls',
    title: 'TLS of the server',
    setting: 'ssl',
    judge: wanted(['on'], 'critical', 'everything crosses the network open'),
    nextStep: "Set ssl = 'on' with a certificate, and reload.",
  },
  {
    id: 'statistics-library',
    title: 'Library of statement statistics',
    setting: 'shared_preload_libraries',
    judge: value =>
      value.split(/[,\s]+/).includes('pg_stat_statements')
        ? { status: 'ok', why: '' }
        : {
            status: 'warning',
            why: 'pg_stat_statements is not in it: no statement can be shown',
          },
    nextStep:
      'Add pg_stat_statements to shared_preload_libraries and restart PostgreSQL.',
  },
  {
    id: 'query-id',
    title: 'Ids of statements',
    setting: 'compute_query_id',
    judge: wanted(
      ['on', 'auto'],
      'warning',
      'sessions cannot be told what they run',
    ),
    nextStep: "Set compute_query_id = 'on' and reload.",
  },
];

function judgeTimeout(seconds: number) {
  if (seconds === 0) {
    return {
      status: 'critical' as const,
      why: 'a quiet database has no bound on what a loss costs',
    };
  }
  return seconds <= LONGEST_ARCHIVE_TIMEOUT_SECONDS
    ? { status: 'ok' as const, why: '' }
    : {
        status: 'warning' as const,
        why: `a quiet database loses up to ${seconds} s`,
      };
}

/** Every setting that backups, moments and health depend on. */
export function settingFindings(
  member: string,
  settings: Settings,
): readonly Signal[] {
  return RULES.map(({ id, title, setting, judge, nextStep }) => {
    const value = settings[setting];
    if (value === undefined) {
      return finding({
        id,
        title,
        member,
        status: 'unknown',
        sentence: `${setting} of ${member} cannot be read.`,
        nextStep: 'Grant pg_monitor to the monitoring role.',
      });
    }
    const { status, why } = judge(value);
    return finding({
      id,
      title,
      member,
      status,
      sentence: `${setting} of ${member} is '${value}'${why ? `: ${why}` : ''}.`,
      nextStep,
    });
  });
}
