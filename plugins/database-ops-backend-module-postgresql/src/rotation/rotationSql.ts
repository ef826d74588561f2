// What lets a login of a pair renew the other one, and nothing else.
import { escapeIdentifier, escapeLiteral } from 'pg';
import { createRole, RoleStatement } from '../host-setup/roles';
import { loginsOf } from './config';
import { familyOf, RotatedRole } from './rotatedRoles';

/** The account that owns the function; nobody can sign in as it or become it. */
const ROTATION_OWNER = 'dbops_rotation';

/** `verifier` is what the client computed, or null to end that login. */
export const RENEW_LOGIN = 'SELECT database_ops.renew_login($1, $2)';

/** As PostgreSQL keeps it: iterations, salt of 16 bytes, StoredKey, ServerKey. */
const VERIFIER =
  '^SCRAM-SHA-256[$]4096:[A-Za-z0-9+/]{22}==[$][A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$';

const FUNCTION_REASON =
  'Sets a password by its SCRAM verifier, or ends a login and its sessions, for the roles of the one that calls only and never for itself. The names stand in its text; it takes no others.';

/**
 * The pairs of logins and the function that renews them. CREATEROLE for the
 * portal's own roles would do as well, but until PostgreSQL 15 that is the right
 * to change every role that is no superuser, and to grant itself
 * pg_execute_server_program.
 */
export function rotationSql(
  roles: readonly RotatedRole[],
): readonly RoleStatement[] {
  if (roles.length === 0) {
    return [];
  }
  const owner = escapeIdentifier(ROTATION_OWNER);
  const families = roles.map(({ rotation }) => familyOf(rotation));
  return [
    ...roles.flatMap(({ rotation, connectionLimit }) =>
      loginsOf(rotation).map(login => ({
        sql: createRole(
          login,
          `NOLOGIN CONNECTION LIMIT ${connectionLimit} IN ROLE ${escapeIdentifier(rotation.role)}`,
        ),
        why: `One of the two that sign in by turns; its rights are those of ${rotation.role}. A rotation lets it sign in.`,
      })),
    ),
    {
      sql: createRole(ROTATION_OWNER, 'NOLOGIN CREATEROLE'),
      why: 'Owns the function below. Nobody can sign in as it and nobody is a member of it, so CREATEROLE is used by that function only.',
    },
    {
      sql: `GRANT ${families.flat().map(escapeIdentifier).join(', ')} TO ${owner} WITH ADMIN OPTION;`,
      why: 'From PostgreSQL 16 on CREATEROLE changes only roles that it administers, and sessions of a login are ended by its members.',
    },
    {
      sql: 'CREATE SCHEMA IF NOT EXISTS database_ops;',
      why: 'Where the function lies.',
    },
    { sql: renewFunction(families), why: FUNCTION_REASON },
    {
      sql: `ALTER FUNCTION database_ops.renew_login(text, text) OWNER TO ${owner};`,
      why: 'It runs with the rights of its owner: to change these roles, not as a superuser.',
    },
    {
      sql: 'REVOKE ALL ON FUNCTION database_ops.renew_login(text, text) FROM PUBLIC;',
      why: 'Functions may be called by everyone unless that is taken away.',
    },
    ...roles.flatMap(({ rotation }) => {
      const group = escapeIdentifier(rotation.role);
      return [
        {
          sql: `GRANT USAGE ON SCHEMA database_ops TO ${group};`,
          why: 'To reach the function.',
        },
        {
          sql: `GRANT EXECUTE ON FUNCTION database_ops.renew_login(text, text) TO ${group};`,
          why: 'So that the login that holds now can renew the other one. There is no further credential that would never be renewed.',
        },
      ];
    }),
  ];
}

function renewFunction(families: readonly (readonly string[])[]): string {
  const arrays = families.map(
    family => `ARRAY[${family.map(escapeLiteral).join(', ')}]`,
  );
  return `CREATE OR REPLACE FUNCTION database_ops.renew_login(login text, verifier text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  -- Those of the caller: the first one has the rights, the others sign in.
  family CONSTANT text[] := CASE
${arrays.map(array => `    WHEN session_user::text = ANY (${array}) THEN ${array}`).join('\n')}
  END;
BEGIN
  IF login IS NULL OR family IS NULL OR login <> ALL (family)
     OR login = session_user::text THEN
    RAISE insufficient_privilege
      USING MESSAGE = 'a login of the pair renews or ends the other one, nothing else';
  END IF;
  IF verifier IS NULL THEN
    EXECUTE format('ALTER ROLE %I NOLOGIN PASSWORD NULL', login);
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = login;
  ELSIF login = family[1] THEN
    RAISE insufficient_privilege
      USING MESSAGE = 'the role that has the rights gets no new password';
  ELSIF verifier ~ ${escapeLiteral(VERIFIER)} THEN
    EXECUTE format('ALTER ROLE %I LOGIN PASSWORD %L', login, verifier);
  ELSE
    RAISE invalid_parameter_value
      USING MESSAGE = 'expected a SCRAM-SHA-256 verifier, never a password';
  END IF;
END
$function$;`;
}
