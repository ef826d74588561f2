import {
  judge,
  signalOf,
  thresholdSignal,
} from 'backstage-plugin-database-ops-node';
import { PrimaryCheck } from './types';

/** Both counters wrap at 2^31; autovacuum begins to freeze at 200 and 400 million by default. */
const WRAPAROUND = 2 ** 31;
const WRAPAROUND_PERCENT = { warning: 40, critical: 75 };

interface AgeRow {
  readonly name: string;
  readonly age: number;
}

function ageCheck(
  id: string,
  title: string,
  what: string,
  expression: string,
): PrimaryCheck<AgeRow> {
  return {
    id,
    title,
    sql: () => `
SELECT datname AS name, ${expression}::float8 AS age
FROM pg_database ORDER BY 2 DESC LIMIT 1`,
    judge: ([oldest], { member }) => {
      const percent = Math.round((1000 * oldest.age) / WRAPAROUND) / 10;
      return thresholdSignal(
        {
          id,
          title,
          member,
          value: percent,
          unit: '%',
          sentence: `The oldest ${what} of ${member} is ${oldest.age.toLocaleString('en')} old (database ${oldest.name}), ${percent} % of the way to wraparound${percent > WRAPAROUND_PERCENT.warning ? '; vacuum freezes too little there' : ''}.`,
        },
        WRAPAROUND_PERCENT,
      );
    },
  };
}

export const transactionIdAge = ageCheck(
  'transaction-id-age',
  'Transaction id age',
  'transaction id',
  'age(datfrozenxid)',
);

export const multixactAge = ageCheck(
  'multixact-age',
  'Multixact age',
  'multixact',
  'mxid_age(datminmxid)',
);

interface ChecksumRow {
  readonly enabled: boolean;
  readonly failures: number;
  readonly databases: string | null;
  readonly last_at: string | null;
}

/** Absent where pages have no checksums. */
export const pageChecksums: PrimaryCheck<ChecksumRow> = {
  id: 'page-checksums',
  title: 'Page checksums',
  sql: () => `
SELECT current_setting('data_checksums') = 'on' AS enabled,
       coalesce(sum(checksum_failures), 0)::float8 AS failures,
       string_agg(datname, ', ') FILTER (WHERE checksum_failures > 0) AS databases,
       to_char(max(checksum_last_failure) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS last_at
FROM pg_stat_database`,
  judge: ([row], { member }) =>
    row.enabled
      ? signalOf(judge(row.failures, { critical: 0 }), {
          id: 'page-checksums',
          title: 'Page checksums',
          member,
          value: row.failures,
          unit: '1',
          threshold: 'critical above 0',
          sentence:
            row.failures === 0
              ? `No page that ${member} read had a wrong checksum.`
              : `${row.failures} pages of ${member} had a wrong checksum (${row.databases ?? 'shared tables'}), last at ${row.last_at}; verify the newest backup before the disk loses more.`,
        })
      : undefined,
};

interface PendingRow {
  readonly names: readonly string[];
}

export const pendingRestart: PrimaryCheck<PendingRow> = {
  id: 'pending-restart',
  title: 'Pending restart',
  sql: () => `
SELECT coalesce(array_agg(name ORDER BY name), '{}')::text[] AS names
FROM pg_settings WHERE pending_restart`,
  judge: ([{ names }], { member }) =>
    signalOf(names.length > 0 ? 'warning' : 'ok', {
      id: 'pending-restart',
      title: 'Pending restart',
      member,
      value: names.length,
      unit: '1',
      threshold: 'warning above 0',
      sentence:
        names.length > 0
          ? `${member} needs a restart for ${names.join(', ')}.`
          : `${member} runs with its configuration.`,
    }),
};
