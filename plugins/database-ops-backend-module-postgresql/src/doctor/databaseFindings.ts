import { toError } from '@backstage/errors';
import { Signal } from 'backstage-plugin-database-ops-common';
import { MemberSession } from '../connection/MemberSession';
import { finding } from './finding';

const DATABASES = `
SELECT datname AS name FROM pg_database
WHERE datallowconn AND NOT datistemplate ORDER BY datname`;

const EXTENSIONS = `
SELECT name, installed_version IS NOT NULL AS there
FROM pg_available_extensions WHERE name IN ('amcheck', 'pg_stat_statements')`;

/** Of the database's own collation; the function is there from 15 on. */
const DATABASE_COLLATIONS = `
SELECT datname AS name, datcollversion AS made_with, pg_database_collation_actual_version(oid) AS now_is
FROM pg_database
WHERE datcollversion IS DISTINCT FROM pg_database_collation_actual_version(oid)`;

const COLLATIONS = `
SELECT collname AS name, collversion AS made_with, pg_collation_actual_version(oid) AS now_is
FROM pg_collation
WHERE collversion IS NOT NULL AND collversion IS DISTINCT FROM pg_collation_actual_version(oid)`;

interface CollationRow {
  readonly name: string;
  readonly made_with: string | null;
  readonly now_is: string | null;
}

/** Extensions that proofs and insight need, database by database. */
export async function extensionFindings(
  session: MemberSession,
  open: (database: string) => Promise<MemberSession>,
): Promise<readonly Signal[]> {
  const names = await session.query<{ name: string }>(DATABASES);
  const lacking: string[] = [];
  const unseen: string[] = [];
  const unavailable = new Set<string>();
  for (const { name } of names) {
    try {
      const other = await open(name);
      try {
        const found = await other.query<{ name: string; there: boolean }>(
          EXTENSIONS,
        );
        for (const extension of ['amcheck', 'pg_stat_statements']) {
          const row = found.find(each => each.name === extension);
          if (!row) {
            unavailable.add(extension);
          }
          if (!row?.there) {
            lacking.push(`${extension} in ${name}`);
          }
        }
      } finally {
        await other.close();
      }
    } catch (error) {
      unseen.push(`${name} (${toError(error).message})`);
    }
  }
  const about = { id: 'extensions', title: 'Extensions' };
  if (lacking.length > 0) {
    return [
      finding({
        ...about,
        status: 'warning',
        sentence: `Missing: ${lacking.join(', ')}. A proof is partial where amcheck is missing.`,
        nextStep:
          unavailable.size > 0
            ? `Install the package of ${[...unavailable].join(' and ')} on every member, then CREATE EXTENSION in each database.`
            : 'Run CREATE EXTENSION in each of these databases.',
      }),
    ];
  }
  return [
    unseen.length > 0
      ? finding({
          ...about,
          status: 'unknown',
          sentence: `These databases could not be looked into: ${unseen.join(', ')}.`,
          nextStep: 'Grant CONNECT on them and let the role in by pg_hba.conf.',
        })
      : finding({
          ...about,
          status: 'ok',
          sentence: `amcheck and pg_stat_statements are in all of ${names.length} databases.`,
        }),
  ];
}

/** A new version of the C library sorts otherwise than the indexes were built. */
export async function collationFinding(
  session: MemberSession,
  majorVersion: number,
): Promise<Signal> {
  const rows = [
    ...(majorVersion >= 15
      ? await session.query<CollationRow>(DATABASE_COLLATIONS)
      : []),
    ...(await session.query<CollationRow>(COLLATIONS)),
  ];
  return finding({
    id: 'collations',
    title: 'Versions of collations',
    status: rows.length === 0 ? 'ok' : 'warning',
    sentence:
      rows.length === 0
        ? 'Every collation has the version that indexes were built with.'
        : `Other than when indexes were built: ${rows
            .map(
              row => `${row.name} (${row.made_with} then, ${row.now_is} now)`,
            )
            .join(', ')}. Indexes on text may be wrong.`,
    nextStep:
      'REINDEX what uses them, then ALTER DATABASE … REFRESH COLLATION VERSION.',
  });
}
