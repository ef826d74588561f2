import { signalOf } from 'backstage-plugin-database-ops-node';
import { MemberCheck } from '../health/checks/types';
import { FIRST_USER_JOB } from './catalog';

interface WorkersRow {
  /** Null when the extension was not loaded at the server's start: then there is no scheduler. */
  readonly allowed: number | null;
  readonly used: number;
  readonly processes: number;
  readonly processes_used: number;
  readonly jobs: number;
  readonly waiting: number;
}

/** What is no background worker; all other processes take one of `max_worker_processes`. */
const OTHER_PROCESSES = [
  'client backend',
  'autovacuum launcher',
  'autovacuum worker',
  'walsender',
  'walreceiver',
  'walwriter',
  'walsummarizer',
  'checkpointer',
  'background writer',
  'startup',
  'archiver',
  'logger',
  'slotsync worker',
  'io worker',
  'standalone backend',
];

/** Jobs wait for their turn silently when no worker is free. */
export const backgroundWorkers: MemberCheck<WorkersRow> = {
  id: 'timescaledb-background-workers',
  sql: ({ has }) =>
    has('timescaledb_information.job_stats.next_start')
      ? `
WITH processes AS (
  SELECT application_name, backend_type FROM pg_stat_activity
  WHERE backend_type NOT IN (${OTHER_PROCESSES.map(type => `'${type}'`).join(', ')})
)
SELECT nullif(current_setting('timescaledb.max_background_workers', true), '')::int AS allowed,
       (SELECT count(*)::int FROM processes p
        WHERE p.backend_type LIKE 'TimescaleDB%' OR p.application_name LIKE 'TimescaleDB%'
           OR p.application_name IN (SELECT j.application_name::text FROM timescaledb_information.jobs j)) AS used,
       current_setting('max_worker_processes')::int AS processes,
       (SELECT count(*)::int FROM processes) AS processes_used,
       (SELECT count(*)::int FROM timescaledb_information.jobs
        WHERE scheduled AND job_id >= ${FIRST_USER_JOB}) AS jobs,
       (SELECT count(*)::int FROM timescaledb_information.job_stats
        WHERE job_status = 'Scheduled' AND isfinite(next_start)
          AND next_start < now() - interval '1 minute') AS waiting`
      : undefined,
  judge: ([row], { member, limits }) => {
    const { allowed, used, processes, processes_used, jobs, waiting } = row;
    const facts = { ...limits.facts('timescaledb-background-workers'), member };
    if (allowed === null || allowed === 0) {
      return signalOf(jobs > 0 ? 'warning' : 'ok', {
        ...facts,
        sentence: `No TimescaleDB job of ${member} runs (${jobs} scheduled): ${allowed === null ? 'timescaledb is not in shared_preload_libraries' : 'timescaledb.max_background_workers is 0'}.`,
      });
    }
    const full = used >= allowed || processes_used >= processes;
    const value = full ? waiting : 0;
    const worse =
      used >= allowed
        ? 'timescaledb.max_background_workers'
        : 'max_worker_processes';
    return signalOf(limits.status('timescaledb-background-workers', value), {
      ...facts,
      value,
      sentence: `${used} of ${allowed} TimescaleDB workers and ${processes_used} of ${processes} worker processes of ${member} are in use${value > 0 ? `, and ${waiting} jobs wait: raise ${worse}` : ''}.`,
    });
  },
};

interface RestoringRow {
  readonly everywhere: boolean;
  readonly databases: readonly string[] | null;
}

/**
 * `timescaledb_pre_restore()` sets it for the database, so that a session that
 * is open already does not show it; only the catalog does.
 */
export const restoringMode: MemberCheck<RestoringRow> = {
  id: 'timescaledb-restoring',
  sql: () => `
SELECT EXISTS (SELECT FROM pg_settings
               WHERE name = 'timescaledb.restoring' AND setting = 'on'
                 AND source IN ('configuration file', 'command line', 'environment variable')) AS everywhere,
       (SELECT array_agg(coalesce(d.datname::text, 'a role of every database') ORDER BY 1)
        FROM pg_db_role_setting s LEFT JOIN pg_stat_database d ON d.datid = s.setdatabase AND s.setdatabase <> 0
        WHERE EXISTS (SELECT FROM unnest(s.setconfig) AS c
                      WHERE c ~* '^timescaledb[.]restoring=(on|true|yes|1)$')) AS databases`,
  judge: ([{ everywhere, databases }], { member, limits }) => {
    const where = everywhere
      ? 'the whole server'
      : (databases ?? []).join(', ');
    return signalOf(where ? 'critical' : 'ok', {
      ...limits.facts('timescaledb-restoring'),
      member,
      sentence: where
        ? `timescaledb.restoring is on for ${where} of ${member}: no job runs and hypertables are not expanded. End it with "SELECT timescaledb_post_restore()" in that database.`
        : `timescaledb.restoring is off on ${member}.`,
    });
  },
};
