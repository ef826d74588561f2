/**
 * What this version of TimescaleDB keeps: views and tables of its catalog
 * differ between versions, and a query that names a missing column fails as a
 * whole. Chunks live in one of these schemas too; they are left out.
 */
export const CATALOG_COLUMNS = `
SELECT n.nspname || '.' || c.relname || '.' || a.attname AS name
FROM pg_namespace n
JOIN pg_class c ON c.relnamespace = n.oid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE (n.nspname IN ('timescaledb_information', '_timescaledb_catalog')
       OR n.nspname = '_timescaledb_internal' AND c.relname LIKE 'bgw\\_%')
  AND c.relkind IN ('r', 'v')`;

export interface ColumnRow {
  readonly name: string;
}

/** Jobs with lower numbers are the extension's own, such as its telemetry. */
export const FIRST_USER_JOB = 1000;

/** How many of what is wrong are named. */
const SHOWN = 3;

/** For example `app.events, app.logs and 2 more`. */
export function firstOf(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return `${names.slice(0, SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** A job as people find it again in `timescaledb_information.jobs`. */
export interface JobRow {
  readonly job_id: number;
  readonly proc_name: string;
  readonly hypertable: string | null;
}

/** Columns of a {@link JobRow}, of the view `jobs` as `j`. */
export const JOB_COLUMNS = `j.job_id, j.proc_name, j.hypertable_schema || '.' || j.hypertable_name AS hypertable`;

export function nameOfJob({ job_id, proc_name, hypertable }: JobRow): string {
  return `${job_id} (${proc_name}${hypertable ? ` of ${hypertable}` : ''})`;
}
