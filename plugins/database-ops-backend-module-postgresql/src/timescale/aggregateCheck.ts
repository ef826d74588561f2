import { thresholdSignal } from 'backstage-plugin-database-ops-node';
import { MemberCheck } from '../health/checks/types';
import { formatSeconds } from '../health/format';
import { firstOf } from './catalog';

interface AggregateRow {
  readonly name: string;
  readonly has_policy: boolean;
  readonly behind_seconds: number;
}

/** Internal times are microseconds since 1970; one before the year 1 stands for "never". */
const YEAR_ONE_MICROSECONDS = '-62135596800000000';

/**
 * How far what is materialised stays behind what the refresh policy allows: up
 * to `end_offset`, the last whole bucket and two runs ago. What was never
 * written cannot be missing: the newest chunk that is not in the future bounds
 * it, so that the figure is at least this, up to a chunk's length more.
 */
export const aggregatesBehind: MemberCheck<AggregateRow> = {
  id: 'timescaledb-continuous-aggregates',
  sql: ({ has }) =>
    has('_timescaledb_catalog.continuous_aggs_watermark.watermark') &&
    has('_timescaledb_catalog.continuous_aggs_bucket_function.bucket_func')
      ? `
WITH aggregates AS (
  SELECT ca.user_view_schema || '.' || ca.user_view_name AS name,
         p.job_id IS NOT NULL AS has_policy,
         now() - coalesce((p.config ->> 'end_offset')::interval, interval '0')
               - 2 * coalesce(p.schedule_interval, interval '0') - b.bucket_width::interval AS due,
         CASE WHEN w.watermark > ${YEAR_ONE_MICROSECONDS} THEN to_timestamp(w.watermark / 1000000.0) END AS done,
         n.oldest, n.newest
  FROM _timescaledb_catalog.continuous_agg ca
  JOIN _timescaledb_catalog.hypertable h ON h.id = ca.raw_hypertable_id
  JOIN _timescaledb_catalog.continuous_aggs_bucket_function b ON b.mat_hypertable_id = ca.mat_hypertable_id
  LEFT JOIN _timescaledb_catalog.continuous_aggs_watermark w ON w.mat_hypertable_id = ca.mat_hypertable_id
  LEFT JOIN timescaledb_information.jobs p
    ON p.proc_name = 'policy_refresh_continuous_aggregate'
   AND (p.config ->> 'mat_hypertable_id')::int = ca.mat_hypertable_id
  CROSS JOIN LATERAL (
    SELECT min(c.range_start) AS oldest, max(c.range_start) AS newest
    FROM timescaledb_information.chunks c
    WHERE c.hypertable_schema = h.schema_name AND c.hypertable_name = h.table_name
      AND c.range_start <= now()) n
  WHERE EXISTS (
    SELECT FROM _timescaledb_catalog.dimension d
    WHERE d.hypertable_id = h.id
      AND d.column_type IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype))
)
SELECT name, bool_or(has_policy) AS has_policy,
       max(CASE WHEN has_policy THEN greatest(0, coalesce(
         extract(epoch FROM least(due, newest) - coalesce(done, oldest)), 0)) ELSE 0 END)::float8 AS behind_seconds
FROM aggregates
GROUP BY name
ORDER BY behind_seconds DESC, name`
      : undefined,
  judge: (rows, { member, limits }) => {
    const bounds = limits.bounds('timescaledb-continuous-aggregates');
    const limit = bounds.warning ?? bounds.critical ?? 0;
    const behind = rows.filter(row => row.behind_seconds > limit);
    const alone = rows.filter(row => !row.has_policy);
    const note =
      alone.length > 0
        ? ` Without a refresh policy: ${firstOf(alone.map(({ name }) => name))}.`
        : '';
    return thresholdSignal(
      {
        ...limits.facts('timescaledb-continuous-aggregates'),
        member,
        value: Math.round(rows.at(0)?.behind_seconds ?? 0),
        sentence: `${
          behind.length > 0
            ? `${behind.length} continuous ${behind.length === 1 ? 'aggregate is' : 'aggregates are'} behind on ${member}: ${firstOf(behind.map(row => `${row.name} by at least ${formatSeconds(row.behind_seconds)}`))}.`
            : `No continuous aggregate of ${member} is behind its policy (${rows.length} in all).`
        }${note}`,
      },
      bounds,
    );
  },
};
