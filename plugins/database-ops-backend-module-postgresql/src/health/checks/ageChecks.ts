import { signalOf, thresholdSignal } from 'backstage-plugin-database-ops-node';
import { SignalId } from '../definitions';
import { MemberCheck } from './types';

/** Both counters wrap at 2^31. */
const WRAPAROUND = 2 ** 31;

interface AgeRow {
  readonly name: string;
  readonly age: number;
}

function ageCheck(
  id: SignalId,
  what: string,
  expression: string,
): MemberCheck<AgeRow> {
  return {
    id,
    sql: () => `
SELECT datname AS name, ${expression}::float8 AS age
FROM pg_database ORDER BY 2 DESC LIMIT 1`,
    judge: ([oldest], { member, limits }) => {
      const bounds = limits.bounds(id);
      const percent = Math.round((1000 * oldest.age) / WRAPAROUND) / 10;
      return thresholdSignal(
        {
          ...limits.facts(id),
          member,
          value: percent,
          sentence: `The oldest ${what} of ${member} is ${oldest.age.toLocaleString('en')} old (database ${oldest.name}), ${percent} % of the way to wraparound${percent > (bounds.warning ?? Infinity) ? '; vacuum freezes too little there' : ''}.`,
        },
        bounds,
      );
    },
  };
}

export const transactionIdAge = ageCheck(
  'transaction-id-age',
  'transaction id',
  'age(datfrozenxid)',
);

export const multixactAge = ageCheck(
  'multixact-age',
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
export const pageChecksums: MemberCheck<ChecksumRow> = {
  id: 'page-checksums',
  sql: () => `
SELECT current_setting('data_checksums') = 'on' AS enabled,
       coalesce(sum(checksum_failures), 0)::float8 AS failures,
       string_agg(datname, ', ') FILTER (WHERE checksum_failures > 0) AS databases,
       to_char(max(checksum_last_failure) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS last_at
FROM pg_stat_database`,
  judge: ([row], { member, limits }) =>
    row.enabled
      ? signalOf(limits.status('page-checksums', row.failures), {
          ...limits.facts('page-checksums'),
          member,
          value: row.failures,
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

export const pendingRestart: MemberCheck<PendingRow> = {
  id: 'pending-restart',
  sql: () => `
SELECT coalesce(array_agg(name ORDER BY name), '{}')::text[] AS names
FROM pg_settings WHERE pending_restart`,
  judge: ([{ names }], { member, limits }) =>
    signalOf(limits.status('pending-restart', names.length), {
      ...limits.facts('pending-restart'),
      member,
      value: names.length,
      sentence:
        names.length > 0
          ? `${member} needs a restart for ${names.join(', ')}.`
          : `${member} runs with its configuration.`,
    }),
};
