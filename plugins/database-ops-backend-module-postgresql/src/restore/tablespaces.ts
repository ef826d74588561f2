// Tablespaces of a copy are folders of its own, except those that were made
// after its backup: replay would link them to where the log says, which may be
// the files of a server that runs on this machine.
import { constants } from 'node:fs';
import { lstat, open, readdir, readlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';

const ALL_MAY_WRITE = 0o222;
const OWNER_MAY_WRITE = 0o200;

function folderOf(dataDirectory: string): string {
  return join(dataDirectory, 'pg_tblspc');
}

/** Lets no link be made: replay ends where it would make one. */
export async function closeTablespaces(dataDirectory: string): Promise<void> {
  await changeMode(dataDirectory, mode => mode & ~ALL_MAY_WRITE);
}

/** The copy has left recovery, or what there is of it is removed. */
export async function openTablespaces(dataDirectory: string): Promise<void> {
  await changeMode(dataDirectory, mode => mode | OWNER_MAY_WRITE).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') {
        throw error;
      }
    },
  );
}

/**
 * After recovery: removes the links of tablespaces that were dropped behind the
 * backup. Replay could not, for the folder was closed, and pgBackRest refuses to
 * back up a server with a link that PostgreSQL does not know.
 */
export async function unlinkDropped(
  client: Pick<Client, 'query'>,
  dataDirectory: string,
): Promise<void> {
  const folder = folderOf(dataDirectory);
  if (!(await lstat(folder)).isDirectory()) {
    throw new Error(`${folder} is no folder; nothing in it was removed.`);
  }
  const { rows } = await client.query<{ id: string }>(
    'SELECT oid::text AS id FROM pg_tablespace',
  );
  const known = new Set(rows.map(({ id }) => id));
  for (const id of await readdir(folder)) {
    const link = join(folder, id);
    if (!known.has(id) && (await lstat(link)).isSymbolicLink()) {
      await unlink(link);
    }
  }
}

/** Where those that a server has and a copy of it has not lie. */
export async function tablespacesWithout(
  server: string,
  copy: string,
): Promise<readonly string[]> {
  const known = new Set(await readdir(folderOf(copy)));
  const ids = (await readdir(folderOf(server))).filter(id => !known.has(id));
  return Promise.all(ids.map(id => readlink(join(folderOf(server), id))));
}

/** The account of the server may own what lies above: a link is not followed. */
async function changeMode(
  dataDirectory: string,
  change: (mode: number) => number,
): Promise<void> {
  const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;
  const folder = await open(
    folderOf(dataDirectory),
    O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
  );
  try {
    await folder.chmod(change((await folder.stat()).mode & 0o7777));
  } finally {
    await folder.close();
  }
}
