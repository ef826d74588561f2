import { signalOf } from 'backstage-plugin-database-ops-node';
import { MemberCheck } from './types';

/**
 * Bloat worth a look: a fifth of a table that has some size. The counts are the
 * statistics collector's estimate; how much space they take, only pgstattuple
 * could say, and it reads the table.
 */
const DEAD_PERCENT = 20;
const DEAD_ROWS = 50_000;

interface BloatRow {
  readonly tables: number;
  readonly name: string | null;
  readonly dead: number | null;
  readonly percent: number | null;
}

/** Tables of the database that health connects to. */
export const deadRows: MemberCheck<BloatRow> = {
  id: 'dead-rows',
  sql: () => `
WITH bloated AS (
  SELECT schemaname || '.' || relname AS name, n_dead_tup::float8 AS dead,
         100 * n_dead_tup::float8 / (n_live_tup + n_dead_tup) AS percent
  FROM pg_stat_user_tables
  WHERE n_dead_tup > ${DEAD_ROWS}
    AND n_dead_tup * 100 > (n_live_tup + n_dead_tup) * ${DEAD_PERCENT}::bigint
)
SELECT (SELECT count(*)::int FROM bloated) AS tables, worst.name, worst.dead, worst.percent
FROM (SELECT) AS one LEFT JOIN LATERAL (SELECT * FROM bloated ORDER BY dead DESC LIMIT 1) AS worst ON true`,
  judge: ([{ tables, name, dead, percent }], { member, limits }) =>
    signalOf(limits.status('dead-rows', tables), {
      ...limits.facts('dead-rows'),
      member,
      value: tables,
      sentence:
        tables > 0
          ? `${tables} ${tables === 1 ? 'table' : 'tables'} of ${member} wait for vacuum by estimate, most of all ${name} with about ${Math.round(dead ?? 0).toLocaleString('en')} dead rows (${Math.round(percent ?? 0)} %).`
          : `No table of ${member} waits for vacuum.`,
    }),
};

interface AutovacuumRow {
  readonly running: number;
  readonly workers: number;
  readonly due: number;
  readonly enabled: boolean;
}

/** Every worker busy while tables wait: the settings allow too little. */
export const autovacuum: MemberCheck<AutovacuumRow> = {
  id: 'autovacuum',
  sql: () => `
SELECT (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'autovacuum worker') AS running,
       current_setting('autovacuum_max_workers')::int AS workers,
       current_setting('autovacuum') = 'on' AS enabled,
       (SELECT count(*)::int FROM pg_stat_user_tables
        WHERE n_dead_tup > current_setting('autovacuum_vacuum_threshold')::float8
              + current_setting('autovacuum_vacuum_scale_factor')::float8 * n_live_tup) AS due`,
  judge: ([{ running, workers, due, enabled }], { member, limits }) => {
    const starved = running >= workers && due > workers;
    return signalOf(!enabled || starved ? 'warning' : 'ok', {
      ...limits.facts('autovacuum'),
      member,
      value: due,
      sentence: enabled
        ? `${running} of ${workers} autovacuum workers of ${member} are busy, ${due} tables are due${starved ? '; raise autovacuum_max_workers or autovacuum_vacuum_cost_limit' : ''}.`
        : `Autovacuum of ${member} is off: tables bloat and transaction ids run out.`,
    });
  },
};
