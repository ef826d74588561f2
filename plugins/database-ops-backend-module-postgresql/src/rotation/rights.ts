import { MemberSession } from '../connection/MemberSession';

/** What a login may do: its attributes and every role whose rights it has, itself left out. */
const RIGHTS = `
SELECT jsonb_build_object(
  'attributes', (SELECT jsonb_build_array(rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls)
                 FROM pg_roles WHERE rolname = session_user),
  'settings', (SELECT coalesce(jsonb_agg(setting ORDER BY setting), '[]')
               FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) AS setting
               WHERE r.rolname = session_user),
  'roles', (SELECT jsonb_agg(rolname ORDER BY rolname) FROM pg_roles
            WHERE pg_has_role(session_user, oid, 'USAGE') AND rolname <> session_user AND rolname <> $1))::text AS rights`;

/**
 * What the login of a session may do, as text to compare.
 *
 * @param role - of the pair: one login has its rights, another may be it
 */
export async function rightsOf(
  session: MemberSession,
  role: string,
): Promise<string> {
  const [row] = await session.query<{ rights: string }>(RIGHTS, [role]);
  return row?.rights ?? '';
}
