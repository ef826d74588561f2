// The roles that this software uses, as SQL that may be run again. Whatever
// makes such a role (a person, the local fleet, a test) uses these statements.
import { escapeIdentifier, escapeLiteral } from 'pg';

/** One statement and why it is needed. */
export interface RoleStatement {
  readonly sql: string;
  readonly why: string;
}

/**
 * The role that health reads with.
 *
 * @param options.login - whether it signs in itself; otherwise its members do
 */
export function monitoringRoleSql(options: {
  readonly role: string;
  readonly database: string;
  readonly login: boolean;
}): readonly RoleStatement[] {
  const { role, database, login } = options;
  const name = escapeIdentifier(role);
  return [
    {
      sql: createRole(
        role,
        `${login ? 'LOGIN' : 'NOLOGIN'} CONNECTION LIMIT 10`,
      ),
      why: 'Health reads as this role. It has no password until you set one; with the limit it cannot use up connections.',
    },
    {
      sql: `GRANT pg_monitor TO ${name};`,
      why: 'Statistics, settings, the archive status folder and the activity of all roles, but no table of yours and no change.',
    },
    {
      sql: `GRANT CONNECT ON DATABASE ${escapeIdentifier(database)} TO ${name};`,
      why: 'It works where CONNECT was taken from PUBLIC, too.',
    },
  ];
}

/** The heartbeat's table and the rights to it. */
export function canarySql(role: string): readonly RoleStatement[] {
  const name = escapeIdentifier(role);
  return [
    {
      sql: 'CREATE SCHEMA IF NOT EXISTS database_ops;',
      why: 'What belongs to this software lies in one schema, owned by whoever runs this.',
    },
    {
      sql: `CREATE TABLE IF NOT EXISTS database_ops.canary (
  seq bigint PRIMARY KEY,
  written_at timestamptz NOT NULL DEFAULT clock_timestamp()
);`,
      why: 'One row every few seconds: by the newest one in a restored copy a proof measures the RPO.',
    },
    {
      sql: `GRANT USAGE ON SCHEMA database_ops TO ${name};`,
      why: 'To reach that table; nothing can be created there.',
    },
    {
      sql: `GRANT SELECT, INSERT, DELETE ON database_ops.canary TO ${name};`,
      why: 'To write the row and to remove those of 40 days ago.',
    },
  ];
}

/** Extensions that insight and proofs use, in every database. */
export function extensionSql(): readonly RoleStatement[] {
  return [
    {
      sql: 'CREATE EXTENSION IF NOT EXISTS pg_stat_statements;',
      why: 'Which statements take the time; it needs the library of the same name.',
    },
    {
      sql: 'CREATE EXTENSION IF NOT EXISTS amcheck;',
      why: 'A restored copy is checked with it. It cannot be created there, so it has to be in the backup: run this in every database.',
    },
  ];
}

/** A role that stays as it is when it is there. */
export function createRole(role: string, options: string): string {
  return `DO $do$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ${escapeLiteral(role)}) THEN
    CREATE ROLE ${escapeIdentifier(role)} ${options};
  END IF;
END $do$;`;
}
