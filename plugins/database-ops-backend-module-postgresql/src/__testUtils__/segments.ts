import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

const POLL_MILLISECONDS = 200;

/** Ends the server's segment of log; returns its name. */
export async function endSegment(client: Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT pg_walfile_name(pg_switch_wal()) AS name',
  );
  return rows[0].name;
}

/** Ends the segment and returns its name once the archive has it. */
export async function archiveSegment(
  client: Client,
  withinSeconds = 60,
): Promise<string> {
  const name = await endSegment(client);
  for (const until = Date.now() + withinSeconds * 1000; Date.now() < until;) {
    const done = await client.query(
      'SELECT FROM pg_ls_archive_statusdir() WHERE name = $1',
      [`${name}.done`],
    );
    if (done.rowCount === 1) {
      return name;
    }
    await sleep(POLL_MILLISECONDS);
  }
  throw new Error(
    `Segment ${name} was not archived within ${withinSeconds} s.`,
  );
}
