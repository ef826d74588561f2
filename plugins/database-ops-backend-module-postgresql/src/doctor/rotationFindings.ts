import { Signal } from 'backstage-plugin-database-ops-common';
import { PostgresqlConfig } from '../config';
import { MemberSession } from '../connection/MemberSession';
import { familyOf, RotatedRole, rotatedRoles } from '../rotation/rotatedRoles';
import { loginsOf } from '../rotation/config';
import { finding } from './finding';

/** The text of the function names whom it renews: one that was made before a role was added does not. */
const ROTATION = `
WITH renew AS (SELECT to_regprocedure('database_ops.renew_login(text, text)') AS oid)
SELECT coalesce(has_function_privilege(to_regrole($1), renew.oid, 'EXECUTE'), false) AS allowed,
       coalesce((SELECT bool_and(position(quote_literal(name) IN p.prosrc) > 0)
                 FROM unnest($2::text[]) AS name), false) AS named,
       (SELECT count(*)::int FROM pg_roles WHERE rolname = ANY ($3)) AS logins
FROM renew LEFT JOIN pg_proc p ON p.oid = renew.oid`;

/** Whether each credential with a rotation can be renewed. */
export async function rotationFindings(
  config: PostgresqlConfig,
  session: MemberSession,
): Promise<readonly Signal[]> {
  const findings: Signal[] = [];
  for (const role of rotatedRoles(config)) {
    findings.push(await rotationFinding(session, role));
  }
  return findings;
}

async function rotationFinding(
  session: MemberSession,
  { id, title, rotation }: RotatedRole,
): Promise<Signal> {
  const logins = loginsOf(rotation);
  const [found] = await session.query<{
    allowed: boolean;
    named: boolean;
    logins: number;
  }>(ROTATION, [rotation.role, familyOf(rotation), logins]);
  const ready = found.allowed && found.named && found.logins === logins.length;
  return finding({
    id: `rotation.${id}`,
    title: `Rotation: ${title.toLowerCase()}`,
    status: ready ? 'ok' : 'warning',
    sentence: ready
      ? `${logins.join(' and ')} can take turns.`
      : `The credential cannot be rotated: ${
          found.logins < logins.length
            ? `${logins.join(' and ')} are not both there`
            : `database_ops.renew_login is not there, may not be called by '${rotation.role}', or does not name it`
        }.`,
    nextStep: 'Run the statements that "dbops postgresql configure" renders.',
  });
}
