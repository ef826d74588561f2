import { Signal } from 'backstage-plugin-database-ops-common';
import { PostgresqlConfig } from '../config';
import { MemberSession } from '../connection/MemberSession';
import { loginsOf } from '../rotation/config';
import { finding } from './finding';

/** Rights beyond what health needs. */
const ROLE = `
SELECT session_user::text AS name,
       pg_has_role('pg_monitor', 'USAGE') AS monitors,
       array_to_json(array_remove(ARRAY[
         CASE WHEN rolsuper THEN 'SUPERUSER' END,
         CASE WHEN rolcreaterole THEN 'CREATEROLE' END,
         CASE WHEN rolcreatedb THEN 'CREATEDB' END,
         CASE WHEN rolreplication THEN 'REPLICATION' END,
         CASE WHEN rolbypassrls THEN 'BYPASSRLS' END], NULL)
         || CASE WHEN rolsuper THEN '{}' ELSE ARRAY(
           SELECT rolname::text FROM pg_roles
           WHERE rolname IN ('pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files',
                             'pg_write_server_files', 'pg_execute_server_program')
             AND pg_has_role(session_user, oid, 'USAGE')) END) AS surplus
FROM pg_roles WHERE rolname = session_user`;

const CANARY = `
SELECT to_regclass('database_ops.canary') IS NOT NULL AS there,
       coalesce(has_table_privilege(to_regclass('database_ops.canary'), 'SELECT')
         AND has_table_privilege(to_regclass('database_ops.canary'), 'INSERT')
         AND has_table_privilege(to_regclass('database_ops.canary'), 'DELETE'), false) AS allowed`;

const ROTATION = `
SELECT to_regprocedure('database_ops.renew_login(text, text)') IS NOT NULL AS there,
       coalesce(has_function_privilege(to_regprocedure('database_ops.renew_login(text, text)'), 'EXECUTE'), false) AS allowed,
       (SELECT count(*)::int FROM pg_roles WHERE rolname = ANY ($1)) AS logins`;

/** Whether the monitoring role may do what it needs, and no more. */
export async function roleFindings(
  config: PostgresqlConfig,
  session: MemberSession,
): Promise<readonly Signal[]> {
  const [role] = await session.query<{
    name: string;
    monitors: boolean;
    surplus: string[];
  }>(ROLE);
  return [
    finding({
      id: 'role-rights',
      title: 'Rights of the monitoring role',
      status: role.monitors ? 'ok' : 'critical',
      sentence: role.monitors
        ? `'${role.name}' has pg_monitor.`
        : `'${role.name}' has not got pg_monitor: most signals are unknown.`,
      nextStep: `GRANT pg_monitor TO "${role.name}".`,
    }),
    finding({
      id: 'role-surplus',
      title: 'Rights beyond what is needed',
      status: role.surplus.length === 0 ? 'ok' : 'warning',
      sentence:
        role.surplus.length === 0
          ? `'${role.name}' may do nothing else that matters.`
          : `'${role.name}' has ${role.surplus.join(', ')}, which nothing here needs.`,
      nextStep: 'Take that away, or let the portal sign in as another role.',
    }),
    ...(config.canary ? [await canaryFinding(session, role.name)] : []),
    ...(config.rotation
      ? [await rotationFinding(session, loginsOf(config.rotation))]
      : []),
  ];
}

async function canaryFinding(
  session: MemberSession,
  name: string,
): Promise<Signal> {
  const [canary] = await session.query<{ there: boolean; allowed: boolean }>(
    CANARY,
  );
  const wrong = canary.there
    ? `'${name}' may not select, insert and delete in database_ops.canary`
    : 'the table database_ops.canary is not there';
  return finding({
    id: 'canary-rights',
    title: 'Canary',
    status: canary.allowed ? 'ok' : 'warning',
    sentence: canary.allowed
      ? `'${name}' may write canaries.`
      : `No canary can be written: ${wrong}.`,
    nextStep: 'Run the statements that "dbops postgresql configure" renders.',
  });
}

async function rotationFinding(
  session: MemberSession,
  logins: readonly string[],
): Promise<Signal> {
  const [found] = await session.query<{
    there: boolean;
    allowed: boolean;
    logins: number;
  }>(ROTATION, [logins]);
  const ready = found.allowed && found.logins === logins.length;
  return finding({
    id: 'rotation',
    title: 'Rotation',
    status: ready ? 'ok' : 'warning',
    sentence: ready
      ? `${logins.join(' and ')} can take turns.`
      : `The credential cannot be rotated: ${
          found.logins < logins.length
            ? `${logins.join(' and ')} are not both there`
            : 'database_ops.renew_login is not there or may not be called'
        }.`,
    nextStep: 'Run the statements that "dbops postgresql configure" renders.',
  });
}
