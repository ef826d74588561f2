import { join } from 'node:path';
import { ProofCheck } from 'backstage-plugin-database-ops-common';
import { RunContext } from 'backstage-plugin-database-ops-node';
import { withRestoredClient } from '../restore/restoredClient';
import { hypertableCheck } from '../timescale/restoredContent';

/** How a restored server is reached, and with which programs. */
export interface ScratchSession {
  readonly socketDirectory: string;
  readonly port: number;
  readonly user: string;
  readonly binDirectory: string;
}

const QUERY_SECONDS = 600;
const AMCHECK_SECONDS = 12 * 3600;
/** pg_amcheck says 2 when it found corruption; everything else but 0 means that it could not look. */
const AMCHECK_CORRUPTION = 2;
const SHOWN_LINES = 5;

const DATABASES = `
SELECT datname AS name FROM pg_database WHERE datallowconn ORDER BY datname`;

const AMCHECK_INSTALLED = `
SELECT count(*)::int AS found FROM pg_extension WHERE extname = 'amcheck'`;

const MISSING_LIBRARIES = `
SELECT e.extname AS name, e.extversion AS version
FROM pg_extension e
WHERE NOT EXISTS (
  SELECT FROM pg_available_extension_versions v
  WHERE v.name = e.extname AND v.version = e.extversion)
ORDER BY 1`;

const CHANGED_COLLATIONS = `
SELECT c.collname AS name, c.collversion AS was, pg_collation_actual_version(c.oid) AS here
FROM pg_collation c
WHERE c.collversion IS NOT NULL
  AND c.collversion IS DISTINCT FROM pg_collation_actual_version(c.oid)
  AND EXISTS (
    SELECT FROM pg_attribute a
    WHERE a.attcollation = c.oid AND a.attrelid >= 16384)
ORDER BY 1
LIMIT 20`;

/** Before 15 a database kept no version of its default collation. */
const KEEPS_DEFAULT_COLLATION = `
SELECT current_setting('server_version_num')::int >= 150000 AS yes`;

const CHANGED_DEFAULT_COLLATION = `
SELECT datname AS name, datcollversion AS was, pg_database_collation_actual_version(oid) AS here
FROM pg_database
WHERE datname = current_database() AND datcollversion IS NOT NULL
  AND datcollversion IS DISTINCT FROM pg_database_collation_actual_version(oid)`;

const CHECKSUMS = `
SELECT current_setting('data_checksums') AS enabled,
       coalesce(sum(checksum_failures), 0)::int AS failures
FROM pg_stat_database`;

/** Every database that lets sessions in. */
export async function listDatabases(
  session: ScratchSession,
): Promise<readonly string[]> {
  return inDatabase(session, 'template1', async query =>
    (await query<{ name: string }>(DATABASES)).map(({ name }) => name),
  );
}

/**
 * Heap and indexes of every database by amcheck. One database that was not
 * looked at is not proved: `pg_amcheck --all` alone leaves out those without
 * the extension and exits 0.
 */
export async function amcheckCheck(
  session: ScratchSession,
  databases: readonly string[],
  context: RunContext,
): Promise<ProofCheck> {
  const facts = { id: 'amcheck', title: 'Heap and indexes' };
  const { exitCode, stdout, stderr } = await context.processes.run({
    command: join(session.binDirectory, 'pg_amcheck'),
    args: [
      '--all',
      '--install-missing',
      '--heapallindexed',
      '--jobs=2',
      `--host=${session.socketDirectory}`,
      `--port=${session.port}`,
      `--username=${session.user}`,
    ],
    cwd: '/',
    timeoutSeconds: AMCHECK_SECONDS,
    signal: context.signal,
    acceptExitCodes: [0, 1, AMCHECK_CORRUPTION],
  });
  const said = firstLines(`${stdout}\n${stderr}`);
  if (exitCode === AMCHECK_CORRUPTION) {
    return {
      ...facts,
      status: 'failed',
      sentence: `amcheck found corruption: ${said}`,
    };
  }
  if (exitCode !== 0) {
    return {
      ...facts,
      status: 'skipped',
      sentence: `amcheck could not look at everything: ${said}`,
    };
  }
  const without: string[] = [];
  for (const database of databases) {
    const [{ found }] = await inDatabase(session, database, query =>
      query<{ found: number }>(AMCHECK_INSTALLED),
    );
    if (found === 0) {
      without.push(database);
    }
  }
  return without.length > 0
    ? {
        ...facts,
        status: 'skipped',
        sentence: `amcheck did not look at ${without.join(', ')}.`,
      }
    : {
        ...facts,
        status: 'passed',
        sentence: `amcheck found nothing wrong with heap and indexes of ${databases.join(', ')}.`,
        value: databases.length,
      };
}

/** That every extension in use has its library and scripts here. */
export async function extensionCheck(
  session: ScratchSession,
  databases: readonly string[],
): Promise<ProofCheck> {
  const missing: string[] = [];
  for (const database of databases) {
    const rows = await inDatabase(session, database, query =>
      query<{ name: string; version: string }>(MISSING_LIBRARIES),
    );
    missing.push(
      ...rows.map(({ name, version }) => `${name} ${version} in ${database}`),
    );
  }
  return {
    id: 'extensions',
    title: 'Extensions',
    status: missing.length > 0 ? 'failed' : 'passed',
    sentence:
      missing.length > 0
        ? `Not installed on this machine in the version that the data needs: ${missing.join(', ')}.`
        : 'Every extension in use is installed here in its version.',
  };
}

/** That text sorts here as it did there: an index built elsewhere is else in the wrong order. */
export async function collationCheck(
  session: ScratchSession,
  databases: readonly string[],
): Promise<ProofCheck> {
  const changed: string[] = [];
  for (const database of databases) {
    const rows = await inDatabase(session, database, async query => {
      const [{ yes }] = await query<{ yes: boolean }>(KEEPS_DEFAULT_COLLATION);
      return [
        ...(yes ? await query<Collation>(CHANGED_DEFAULT_COLLATION) : []),
        ...(await query<Collation>(CHANGED_COLLATIONS)),
      ];
    });
    changed.push(
      ...rows.map(
        ({ name, was, here }) =>
          `${name} in ${database} (${was} there, ${here ?? 'none'} here)`,
      ),
    );
  }
  return {
    id: 'collations',
    title: 'Versions of collations',
    status: changed.length > 0 ? 'failed' : 'passed',
    sentence:
      changed.length > 0
        ? `Text sorts by another version here: ${changed.join(', ')}; reindex what was restored.`
        : 'Text sorts by the same versions as on the source.',
  };
}

/** Hypertables and chunks of every database that has them. */
export async function hypertablesOf(
  session: ScratchSession,
  databases: readonly string[],
): Promise<ProofCheck | undefined> {
  return hypertableCheck(
    databases,
    database =>
      <TRow extends object>(sql: string) =>
        inDatabase(session, database, query => query<TRow>(sql)),
  );
}

/** Page checksums as the server met them so far; `undefined` where the data has none. */
export async function checksumCheck(
  session: ScratchSession,
): Promise<ProofCheck | undefined> {
  const [{ enabled, failures }] = await inDatabase(
    session,
    'template1',
    query => query<{ enabled: string; failures: number }>(CHECKSUMS),
  );
  return enabled === 'on'
    ? {
        id: 'page-checksums',
        title: 'Page checksums',
        status: failures === 0 ? 'passed' : 'failed',
        sentence:
          failures === 0
            ? 'No page that was read had a wrong checksum.'
            : `${failures} pages had a wrong checksum.`,
        value: failures,
      }
    : undefined;
}

interface Collation {
  readonly name: string;
  readonly was: string;
  readonly here: string | null;
}

async function inDatabase<T>(
  session: ScratchSession,
  database: string,
  use: (query: <R extends object>(sql: string) => Promise<R[]>) => Promise<T>,
): Promise<T> {
  return withRestoredClient(
    { ...session, database, timeoutSeconds: QUERY_SECONDS },
    client =>
      use(
        async <R extends object>(sql: string) =>
          (await client.query<R>(sql)).rows,
      ),
  );
}

function firstLines(text: string): string {
  const lines = text.split('\n').filter(line => line.trim() !== '');
  const more = lines.length - SHOWN_LINES;
  return [
    ...lines.slice(0, SHOWN_LINES),
    ...(more > 0 ? [`and ${more} more lines`] : []),
  ].join(' | ');
}
