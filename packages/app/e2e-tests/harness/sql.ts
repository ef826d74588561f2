import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { LocalFleet } from 'local-fleet';

const run = promisify(execFile);

/** Runs a statement on the fleet's primary as its administrator; returns what psql prints. */
export async function onPrimary(
  fleet: LocalFleet,
  statement: string,
): Promise<string> {
  return onMember(fleet, 'fleet-pg-1', statement);
}

/** The same on a member, whatever it is at that time. */
export async function onMember(
  { context }: LocalFleet,
  member: 'fleet-pg-1' | 'fleet-pg-2',
  statement: string,
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
        PGUSER: 'dbops_admin',
        PGPASSWORD: await context.secret('pg-dbops_admin'),
        PGSSLMODE: 'verify-ca',
        PGSSLROOTCERT: context.caFile,
      },
    },
  );
  return stdout.trim();
}
