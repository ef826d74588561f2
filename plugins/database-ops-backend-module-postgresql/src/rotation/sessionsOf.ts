import { MemberSession } from '../connection/MemberSession';
import { HEALTH_APPLICATION } from '../health/MemberConnection';

/**
 * Who is signed in as a login: to end it would cut them off, and they would
 * not come back. A connection that health keeps does: a portal whose turn it
 * is not reads the file before its next check. Only one that began in the last
 * seconds shows a portal that does not see the file.
 */
const SESSIONS = `
SELECT DISTINCT coalesce(nullif(application_name, ''), 'unnamed') AS application,
       coalesce(client_addr::text, 'the socket') AS address
FROM pg_stat_activity
WHERE usename = $1
  AND (application_name IS DISTINCT FROM $2
       OR backend_start > clock_timestamp() - make_interval(secs => $3))
ORDER BY 1, 2`;

/**
 * The remaining users of a login on one member, by application and address.
 *
 * @param lastSeconds - in which a connection of health counts
 */
export async function sessionsOf(
  login: MemberSession,
  username: string,
  lastSeconds: number,
): Promise<readonly string[]> {
  const rows = await login.query<{ application: string; address: string }>(
    SESSIONS,
    [username, HEALTH_APPLICATION, lastSeconds],
  );
  return rows.map(
    ({ application, address }) => `${application} from ${address}`,
  );
}
