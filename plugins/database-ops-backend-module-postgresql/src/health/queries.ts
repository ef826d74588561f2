/**
 * What health asks a member. Every query works with the rights of
 * `pg_monitor` alone, from PostgreSQL 13 on, and fails neither on a primary
 * nor on a standby: a member may change its role between two queries.
 */

/** Where a member's log stands; a standby has no position to write at. */
const POSITION = `CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END`;

/** On every member: who it is and whether it takes writes. */
export const MEMBER_STATE = `
SELECT pg_is_in_recovery() AS in_recovery,
       current_setting('default_transaction_read_only') = 'on' AS read_only,
       current_setting('server_version') AS server_version,
       current_setting('data_directory', true) AS data_directory,
       (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescaledb,
       (SELECT system_identifier::text FROM pg_control_system()) AS system_identifier`;

/** On a standby: whether it receives, and from which slot, so that its slot has a name even while it is away. */
export const WAL_RECEIVER = `
SELECT status, slot_name,
       extract(epoch FROM now() - last_msg_receipt_time)::float8 AS seconds_since_message
FROM pg_stat_wal_receiver`;

/**
 * On the primary. `replay_lag` is null when a standby has nothing left to
 * replay, and also when it just connected. Temporary slots count too: a
 * subscription may copy its tables through one.
 */
export const REPLICATION = `
SELECT pid, application_name, state,
       EXISTS (SELECT FROM pg_replication_slots s
               WHERE s.active_pid = r.pid AND s.slot_type <> 'physical') AS is_logical,
       extract(epoch FROM replay_lag)::float8 AS replay_lag_seconds,
       pg_wal_lsn_diff(${POSITION}, replay_lsn)::float8 AS replay_lag_bytes
FROM pg_stat_replication r
WHERE state <> 'backup'`;

export const SLOTS = `
SELECT slot_name, slot_type, active, active_pid, wal_status, safe_wal_size::float8 AS safe_bytes,
       pg_wal_lsn_diff(${POSITION}, restart_lsn)::float8 AS retained_bytes
FROM pg_replication_slots
WHERE NOT temporary
ORDER BY slot_name`;

/** How far the primary has written beyond a byte position is asked apart, because the last archived name may not be a segment. */
export const ARCHIVER = `
SELECT current_setting('archive_mode') AS archive_mode,
       (SELECT setting::int FROM pg_settings WHERE name = 'archive_timeout') AS archive_timeout_seconds,
       (SELECT setting::float8 FROM pg_settings WHERE name = 'wal_segment_size') AS segment_bytes,
       pg_wal_lsn_diff(${POSITION}, '0/0')::float8 AS current_bytes,
       extract(epoch FROM now() - pg_postmaster_start_time())::float8 AS up_seconds,
       (SELECT setting::int FROM pg_settings WHERE name = 'checkpoint_timeout') AS checkpoint_timeout_seconds,
       last_archived_wal, failed_count::int AS failed_count, last_failed_wal,
       extract(epoch FROM now() - last_archived_time)::float8 AS archived_age_seconds,
       extract(epoch FROM now() - last_failed_time)::float8 AS failed_age_seconds,
       CASE WHEN current_setting('track_commit_timestamp') = 'on' THEN
         (SELECT extract(epoch FROM now() - c.timestamp)::float8 FROM pg_last_committed_xact() AS c)
       END AS last_commit_age_seconds
FROM pg_stat_archiver`;

/** A segment that is archived while the server shuts down is missing in pg_stat_archiver, which was saved before; its mark is there. */
export const ARCHIVE_STATUS = `
SELECT count(*) FILTER (WHERE name LIKE '%.ready')::int AS ready,
       left(max(name) FILTER (WHERE name ~ '^[0-9A-F]{24}[.]done$'), 24) AS done_segment,
       (array_agg(extract(epoch FROM now() - modification)::float8 ORDER BY name DESC)
         FILTER (WHERE name ~ '^[0-9A-F]{24}[.]done$'))[1] AS done_age_seconds
FROM pg_ls_archive_statusdir()`;

/** Clients may use what is neither reserved for superusers nor (from version 16 on) for reserved roles. */
export const CONNECTIONS = `
WITH sessions AS (
  SELECT coalesce(state, 'starting') AS state, count(*)::int AS n
  FROM pg_stat_activity WHERE backend_type = 'client backend' GROUP BY 1
)
SELECT (SELECT coalesce(sum(n), 0)::int FROM sessions) AS used,
       (SELECT coalesce(jsonb_object_agg(state, n), '{}') FROM sessions) AS states,
       current_setting('max_connections')::int
         - current_setting('superuser_reserved_connections')::int
         - coalesce(nullif(current_setting('reserved_connections', true), '')::int, 0) AS available`;

export const LONGEST_TRANSACTION = `
SELECT pid, usename, state,
       extract(epoch FROM clock_timestamp() - xact_start)::float8 AS age_seconds
FROM pg_stat_activity
WHERE backend_type = 'client backend' AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
ORDER BY xact_start
LIMIT 1`;
