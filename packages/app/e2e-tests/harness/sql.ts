import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { LocalFleet } from 'local-fleet';

const run = promisify(execFile);

type Role = 'dbops_admin' | 'dbops_load';

/** Runs a statement on the fleet's primary, as its administrator unless it is another's; returns what psql prints. */
export async function onPrimary(
  fleet: LocalFleet,
  statement: string,
  role?: Role,
): Promise<string> {
  return onMember(fleet, 'fleet-pg-1', statement, role);
}

/** The same on a member, whatever it is at that time. */
export async function onMember(
  { context }: LocalFleet,
  member: 'fleet-pg-1' | 'fleet-pg-2',
  statement: string,
  role: Role = 'dbops_admin',
): Promise<string> {
  const { stdout } = await run(
    'psql',
    ['--no-psqlrc', '--tuples-only', '--no-align', '--command', statement],
    {
      env: {
        ...process.env,
        PGHOST: '127.0.0.1',
        PGPORT: String(await context.port(member)),
        PGDATABASE: 'app',
        PGUSER: role,
        PGPASSWORD: await context.secret(`pg-${role}`),
        PGSSLMODE: 'verify-ca',
        PGSSLROOTCERT: context.caFile,
      },
    },
  );
  return stdout.trim();
}
