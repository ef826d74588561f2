import { signalOf, thresholdSignal } from 'backstage-plugin-database-ops-node';
import { MemberCheck } from '../health/checks/types';
import { formatSeconds } from '../health/format';
import {
  FIRST_USER_JOB,
  firstOf,
  JOB_COLUMNS,
  JobRow,
  nameOfJob,
} from './catalog';

interface FailedRow extends JobRow {
  readonly failures: number;
  readonly sqlstate: string | null;
}

/** The text of an error is not read: it may quote rows. */
export const failedJobs: MemberCheck<FailedRow> = {
  id: 'timescaledb-jobs-failed',
  sql: ({ has }) =>
    has('timescaledb_information.job_stats.last_run_status')
      ? `
SELECT ${JOB_COLUMNS},
       ${has('_timescaledb_internal.bgw_job_stat.consecutive_failures') ? 'greatest(b.consecutive_failures, 1)' : '1'}::int AS failures,
       ${
         has('timescaledb_information.job_errors.sqlerrcode')
           ? `(SELECT e.sqlerrcode FROM timescaledb_information.job_errors e
         WHERE e.job_id = j.job_id ORDER BY e.start_time DESC NULLS LAST LIMIT 1)`
           : 'NULL::text'
       } AS sqlstate
FROM timescaledb_information.jobs j
JOIN timescaledb_information.job_stats s USING (job_id)
LEFT JOIN _timescaledb_internal.bgw_job_stat b USING (job_id)
WHERE s.last_run_status = 'Failed' AND j.job_id >= ${FIRST_USER_JOB}
ORDER BY failures DESC, j.job_id`
      : undefined,
  judge: (rows, { member, limits }) =>
    thresholdSignal(
      {
        ...limits.facts('timescaledb-jobs-failed'),
        member,
        value: rows.at(0)?.failures ?? 0,
        sentence:
          rows.length === 0
            ? `The last run of every TimescaleDB job of ${member} succeeded.`
            : `${rows.length} TimescaleDB ${rows.length === 1 ? 'job fails' : 'jobs fail'} on ${member}: ${firstOf(
                rows.map(
                  row =>
                    `${nameOfJob(row)}, ${row.failures} times in a row${row.sqlstate ? `, last with SQLSTATE ${row.sqlstate}` : ''}`,
                ),
              )}; timescaledb_information.job_errors says why.`,
      },
      limits.bounds('timescaledb-jobs-failed'),
    ),
};

interface OverdueRow extends JobRow {
  /** Null for one that never ran. */
  readonly seconds: number | null;
}

/** A job that is running, or whose next start cannot be compared with now, is not overdue. */
export const overdueJobs: MemberCheck<OverdueRow> = {
  id: 'timescaledb-jobs-overdue',
  sql: ({ has }) =>
    has('timescaledb_information.job_stats.job_status')
      ? `
SELECT ${JOB_COLUMNS},
       CASE WHEN isfinite(s.next_start) THEN extract(epoch FROM now() - s.next_start) END::float8 AS seconds
FROM timescaledb_information.jobs j
LEFT JOIN timescaledb_information.job_stats s USING (job_id)
WHERE j.scheduled AND j.job_id >= ${FIRST_USER_JOB}
  AND coalesce(s.job_status, '') <> 'Running'
  AND (s.next_start IS NULL AND s.last_run_started_at IS NULL
       OR isfinite(s.next_start) AND s.next_start < now())
ORDER BY seconds DESC NULLS LAST, j.job_id`
      : undefined,
  judge: (rows, { member, limits, earlier }) => {
    const bounds = limits.bounds('timescaledb-jobs-overdue');
    const seconds = Math.round(Math.max(0, ...rows.map(r => r.seconds ?? 0)));
    const late = rows.filter(
      row => (row.seconds ?? 0) > (bounds.warning ?? bounds.critical ?? 0),
    );
    // A job that was just made has not run either: it counts when it still has not at the next check.
    const neverRun = rows.filter(
      row =>
        row.seconds === null &&
        earlier?.rows.some(
          before => before.job_id === row.job_id && before.seconds === null,
        ),
    );
    const status = limits.status('timescaledb-jobs-overdue', seconds);
    const words = [
      ...(late.length > 0
        ? [
            `${late.length} overdue: ${firstOf(late.map(row => `${nameOfJob(row)} by ${formatSeconds(row.seconds ?? 0)}`))}`,
          ]
        : []),
      ...(neverRun.length > 0
        ? [`${neverRun.length} never ran: ${firstOf(neverRun.map(nameOfJob))}`]
        : []),
    ];
    return signalOf(
      status === 'ok' && neverRun.length > 0 ? 'warning' : status,
      {
        ...limits.facts('timescaledb-jobs-overdue'),
        member,
        value: seconds,
        sentence:
          words.length === 0
            ? `No TimescaleDB job of ${member} is overdue.`
            : `Of the TimescaleDB jobs of ${member}, ${words.join('; ')}. Look whether its scheduler runs and has workers.`,
      },
    );
  },
};

export const disabledJobs: MemberCheck<JobRow> = {
  id: 'timescaledb-jobs-disabled',
  sql: ({ has }) =>
    has('timescaledb_information.jobs.scheduled')
      ? `
SELECT ${JOB_COLUMNS}
FROM timescaledb_information.jobs j
WHERE NOT j.scheduled AND j.job_id >= ${FIRST_USER_JOB}
ORDER BY j.job_id`
      : undefined,
  judge: (rows, { member, limits }) =>
    thresholdSignal(
      {
        ...limits.facts('timescaledb-jobs-disabled'),
        member,
        value: rows.length,
        sentence:
          rows.length === 0
            ? `Every TimescaleDB job of ${member} is scheduled.`
            : `${rows.length} TimescaleDB ${rows.length === 1 ? 'job is' : 'jobs are'} disabled on ${member}: ${firstOf(rows.map(nameOfJob))}; alter_job(<id>, scheduled => true) turns one on.`,
      },
      limits.bounds('timescaledb-jobs-disabled'),
    ),
};
