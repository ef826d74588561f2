import { Signal } from 'backstage-plugin-database-ops-common';
import { toError } from '@backstage/errors';
import { PostgresqlConfig } from '../config';
import { currentCredentials } from '../connection/credentials';
import { MemberSession } from '../connection/MemberSession';
import { grantedRole } from '../rotation/config';
import { finding } from './finding';

/** What a role lacks of what it is for, and has beyond what any of ours needs. */
const ROLE = `
SELECT session_user::text AS name,
       ARRAY(SELECT needed FROM unnest($1::text[]) AS needed WHERE NOT pg_has_role(needed, 'USAGE')) AS missing,
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

/** Whether the monitoring role may do what it needs, and no more. */
export async function roleFindings(
  config: PostgresqlConfig,
  session: MemberSession,
): Promise<readonly Signal[]> {
  return [
    ...(await rightsFindings(session, {
      id: 'role',
      title: 'Rights of the monitoring role',
      needed: ['pg_monitor'],
      without: 'most signals are unknown',
      granted: grantedRole(config),
    })),
    ...(config.canary
      ? [await canaryFinding(session, grantedRole(config))]
      : []),
  ];
}

/** The same of the maintenance role, signed in as on the primary. */
export async function maintenanceFindings(
  config: PostgresqlConfig,
  { member }: MemberSession,
): Promise<readonly Signal[]> {
  const { maintenance } = config;
  if (!maintenance) {
    return [];
  }
  const credentials = currentCredentials(maintenance);
  let session: MemberSession;
  try {
    session = await MemberSession.open(config, member, credentials, {
      purpose: 'doctor',
    });
  } catch (error) {
    return [
      finding({
        id: 'maintenance-rights',
        title: 'Rights of the maintenance role',
        status: 'critical',
        sentence: `'${credentials.username}' cannot sign in to ${member.name}: ${toError(error).message}.`,
        nextStep:
          'Correct its password or pg_hba.conf; there is no maintenance until then.',
      }),
    ];
  }
  try {
    return await rightsFindings(session, {
      id: 'maintenance',
      title: 'Rights of the maintenance role',
      needed: ['pg_monitor', 'pg_signal_backend'],
      without:
        'it does not see what needs maintenance, or cannot cancel statements',
      granted: grantedRole(maintenance),
    });
  } finally {
    await session.close();
  }
}

async function rightsFindings(
  session: MemberSession,
  about: {
    readonly id: string;
    readonly title: string;
    readonly needed: readonly string[];
    /** What does not work without them. */
    readonly without: string;
    readonly granted: string;
  },
): Promise<readonly Signal[]> {
  const { id, title, needed, without, granted } = about;
  const [role] = await session.query<{
    name: string;
    missing: string[];
    surplus: string[];
  }>(ROLE, [needed]);
  const missing = role.missing.join(', ');
  return [
    finding({
      id: `${id}-rights`,
      title,
      status: missing === '' ? 'ok' : 'critical',
      sentence:
        missing === ''
          ? `'${role.name}' has ${needed.join(', ')}.`
          : `'${role.name}' has not got ${missing}: ${without}.`,
      nextStep: `GRANT ${missing} TO "${granted}".`,
    }),
    finding({
      id: `${id}-surplus`,
      title: 'Rights beyond what is needed',
      status: role.surplus.length === 0 ? 'ok' : 'warning',
      sentence:
        role.surplus.length === 0
          ? `'${role.name}' may do nothing else that matters.`
          : `'${role.name}' has ${role.surplus.join(', ')}, which nothing here needs.`,
      nextStep: 'Take that away, or let the portal sign in as another role.',
    }),
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
