/** The PostgreSQL members, primary first. */
export const MEMBERS = ['fleet-pg-1', 'fleet-pg-2'] as const;
export type PostgresqlMemberName = (typeof MEMBERS)[number];

/** The slot the standby streams through; the primary keeps its log until the standby has it. */
export const STANDBY_SLOT = 'fleet_pg_2';
export const STANZA = 'fleet';
export const DATABASE = 'app';
export const DATABASE_ID = 'analytics-timescale';

/** The common name that pgBackRest's TLS server lets in. */
export const WORKER_COMMON_NAME = 'dbops-worker';

/** Login roles; the secret of each is `pg-<role>`. */
export const ROLES = {
  /** What health and dashboards read with. */
  dbops_monitor: 'LOGIN IN ROLE pg_monitor',
  /** The standby's connection. */
  dbops_replication: 'LOGIN REPLICATION',
  /** Owns the database `app` and writes its rows. */
  dbops_load: 'LOGIN',
  /** Vacuums and reindexes what its owner's membership gives it, and cancels statements: see docs/maintenance.md. */
  dbops_maintenance: 'LOGIN IN ROLE pg_monitor, pg_signal_backend, dbops_load',
  /** Reads paused restored copies: see docs/query-insight.md. */
  dbops_query: 'LOGIN CONNECTION LIMIT 8',
  /** For tests that must reach everything over TLS. */
  dbops_admin: 'LOGIN SUPERUSER',
} as const;
export type Role = keyof typeof ROLES;
