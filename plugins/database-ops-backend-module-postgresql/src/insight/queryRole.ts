// What the role of the query box could reach, asked of the copy itself: rights
// come with the data, so they are those of the restored moment.
import { NotAllowedError } from '@backstage/errors';
import { Client } from 'pg';

/**
 * Its own attributes, and those of every role that it could become by SET
 * ROLE. pg_read_all_data reads the catalog's password hashes too.
 */
const ROLES = `
SELECT r.rolname AS name,
       concat_ws(', ',
         CASE WHEN r.rolsuper THEN 'SUPERUSER' END,
         CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END,
         CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
         CASE WHEN r.rolcreatedb THEN 'CREATEDB' END,
         CASE WHEN r.rolreplication THEN 'REPLICATION' END,
         CASE WHEN r.rolname IN ('pg_read_server_files', 'pg_write_server_files',
           'pg_execute_server_program', 'pg_signal_backend', 'pg_read_all_data', 'pg_write_all_data',
           'pg_create_subscription', 'pg_maintain', 'pg_checkpoint')
           THEN 'member of ' || r.rolname END) AS reason
FROM pg_roles r
WHERE pg_has_role(current_user, r.oid, 'MEMBER')`;

/**
 * Functions that leave the database (files, network, other servers, the
 * server's own control), code of languages that may do anything (internal and
 * C are judged by name and extension), and functions that run as somebody who
 * may execute such a one: every superuser may.
 */
const FUNCTIONS = `
WITH reaching AS (
  SELECT p.oid
  FROM pg_proc p
  JOIN pg_language l ON l.oid = p.prolang
  LEFT JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
  LEFT JOIN pg_extension e ON e.oid = d.refobjid
  WHERE p.proname ~ '^(pg_read_(binary_)?file|pg_stat_file|pg_ls_.*dir|pg_ls_dir|pg_file_.*|pg_logdir_ls|lo_import|lo_export|dblink.*|pg_promote|pg_wal_replay_(pause|resume)|pg_switch_wal|pg_create_restore_point|pg_(backup_)?st(art|op)(_backup)?|pg_reload_conf|pg_rotate_logfile)$'
    OR e.extname IN ('adminpack', 'http', 'pg_net', 'pg_cron', 'pg_background', 'plsh', 'aws_s3', 'aws_lambda', 'azure_storage')
    OR NOT l.lanpltrusted AND l.lanname NOT IN ('internal', 'c')
)
SELECT p.oid::regprocedure::text AS name
FROM pg_proc p
WHERE has_function_privilege(p.oid, 'EXECUTE')
  AND (p.oid IN (SELECT oid FROM reaching)
    OR p.prosecdef
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
       AND EXISTS (SELECT FROM reaching r WHERE has_function_privilege(p.proowner, r.oid, 'EXECUTE')))
ORDER BY 1 LIMIT 5`;

/** Where the catalog keeps passwords, and connection strings that hold them. */
const SECRETS = `
SELECT format('%s.%s', c.relname, a.attname) AS name
FROM (VALUES ('pg_authid', 'rolpassword'), ('pg_subscription', 'subconninfo'),
             ('pg_user_mapping', 'umoptions')) AS s (relation, attribute)
JOIN pg_class c ON c.relname = s.relation AND c.relnamespace = 'pg_catalog'::regnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attribute
WHERE has_column_privilege(c.oid, a.attnum, 'SELECT')`;

/** Reading one opens a connection or a file, with its owner's or its server's rights. */
const FOREIGN_TABLES = `
SELECT c.oid::regclass::text AS name FROM pg_class c WHERE c.relkind = 'f' ORDER BY 1 LIMIT 5`;

/**
 * @throws NotAllowedError naming what the role could do beyond reading tables
 */
export async function requireHarmlessRole(
  client: Client,
  username: string,
): Promise<void> {
  const refuse = (what: string) => {
    throw new NotAllowedError(
      `Nothing was run: role '${username}' of the restored copy ${what}. See docs/query-insight.md for a role that only reads; copies restored after it exists can be queried.`,
    );
  };
  const { rows: roles } = await client.query<{
    readonly name: string;
    readonly reason: string;
  }>(ROLES);
  const mighty = roles.find(({ reason }) => reason !== '');
  if (mighty) {
    refuse(
      mighty.name === username
        ? `is ${mighty.reason}`
        : `is a member of '${mighty.name}' (${mighty.reason})`,
    );
  }
  const { rows: functions } = await client.query<{ readonly name: string }>(
    FUNCTIONS,
  );
  if (functions.length > 0) {
    refuse(`may execute ${functions.map(({ name }) => name).join(', ')}`);
  }
  const { rows: secrets } = await client.query<{ readonly name: string }>(
    SECRETS,
  );
  if (secrets.length > 0) {
    refuse(`may read ${secrets.map(({ name }) => name).join(', ')}`);
  }
  const { rows: foreign } = await client.query<{ readonly name: string }>(
    FOREIGN_TABLES,
  );
  if (foreign.length > 0) {
    refuse(
      `could reach out through foreign tables: ${foreign.map(({ name }) => name).join(', ')}`,
    );
  }
}
