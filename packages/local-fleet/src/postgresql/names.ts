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
  /** What health and dashboards read with; its rights, like those of the others of the product, are the product's own SQL. */
  dbops_monitor: 'LOGIN',
  /** The standby's connection. */
  dbops_replication: 'LOGIN REPLICATION',
  /** Owns the database `app` and writes its rows. */
  dbops_load: 'LOGIN',
  /** Vacuums, reindexes and cancels statements. */
  dbops_maintenance: 'LOGIN',
  /** Reads paused restored copies. */
  dbops_query: 'LOGIN CONNECTION LIMIT 8',
  /** For tests that must reach everything over TLS. */
  dbops_admin: 'LOGIN SUPERUSER',
} as const;
export type Role = keyof typeof ROLES;
