// The roles that this software uses, as SQL that may be run again. Whatever
// makes such a role (a person, the local fleet, a test) uses these statements.
import { escapeIdentifier, escapeLiteral } from 'pg';

/**
 * One statement and why it is needed.
 *
 * @public
 */
export interface RoleStatement {
  readonly sql: string;
  readonly why: string;
}

/**
 * The role that health reads with.
 *
 * @param options - `login`: whether it signs in itself; otherwise its members do
 * @public
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

/**
 * The heartbeat's table and the rights to it.
 *
 * @public
 */
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

/**
 * The role that maintenance and cancellations run as.
 *
 * @param options - `login`: whether it signs in itself; otherwise its members do
 * @public
 */
export function maintenanceRoleSql(options: {
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
        `${login ? 'LOGIN' : 'NOLOGIN'} CONNECTION LIMIT 5`,
      ),
      why: 'Maintenance is done as this role, not as a superuser. It has no password until you set one.',
    },
    {
      sql: `GRANT pg_monitor, pg_signal_backend TO ${name};`,
      why: 'To see what needs it, and to cancel statements of others than superusers.',
    },
    {
      sql: `GRANT CONNECT ON DATABASE ${escapeIdentifier(database)} TO ${name};`,
      why: 'It works where CONNECT was taken from PUBLIC, too.',
    },
    {
      sql: `DO $do$ DECLARE owner name;
BEGIN
  SELECT r.rolname INTO owner FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba
  WHERE d.datname = ${escapeLiteral(database)} AND NOT r.rolsuper;
  IF owner IS NOT NULL AND owner <> ${escapeLiteral(role)} THEN
    EXECUTE format('GRANT %I TO %I', owner, ${escapeLiteral(role)});
  END IF;
END $do$;`,
      why: "Only a table's owner may vacuum and reindex it: the role becomes a member of the database's owner, unless that is a superuser. Grant it the owners of other tables, too (from 17 on pg_maintain does for all).",
    },
  ];
}

/**
 * The role that reads restored copies.
 *
 * @public
 */
export function queryBoxRoleSql(options: {
  readonly role: string;
  readonly database: string;
  readonly schemas: readonly string[];
}): readonly RoleStatement[] {
  const { role, database, schemas } = options;
  const name = escapeIdentifier(role);
  return [
    {
      sql: createRole(role, 'LOGIN CONNECTION LIMIT 8'),
      why: 'Questions to a restored copy are asked as this role: it has to be in the source before a backup is taken. It needs no password, and without one nobody can sign in as it by one.',
    },
    {
      sql: `GRANT CONNECT ON DATABASE ${escapeIdentifier(database)} TO ${name};`,
      why: 'It works where CONNECT was taken from PUBLIC, too.',
    },
    ...schemas.flatMap(schema => {
      const of = escapeIdentifier(schema);
      return [
        {
          sql: `GRANT USAGE ON SCHEMA ${of} TO ${name};`,
          why: `What may be read is yours to say: these three lines give the tables of schema ${schema}.`,
        },
        {
          sql: `GRANT SELECT ON ALL TABLES IN SCHEMA ${of} TO ${name};`,
          why: 'Not pg_read_all_data, which reads password hashes as well.',
        },
        {
          sql: `ALTER DEFAULT PRIVILEGES IN SCHEMA ${of} GRANT SELECT ON TABLES TO ${name};`,
          why: 'Tables that whoever runs this makes later; run it for the owner of yours, too.',
        },
      ];
    }),
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
