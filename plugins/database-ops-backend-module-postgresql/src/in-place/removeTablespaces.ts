import { readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { entriesOf } from '../restore/RestorePlace';
import { versionOf } from './openInPlace';
import { isThere } from './putBack';
import { SourceServer } from './SourceServer';

/**
 * Removes the tablespaces of the server that was kept aside. A location may be
 * shared with servers of other versions, which have folders of their own in it;
 * one that the present server uses is another's.
 */
export async function removeTablespaces(
  keptDirectory: string,
  server: SourceServer,
): Promise<void> {
  const version = await versionOf([keptDirectory]);
  const isWhole = await isThere(join(keptDirectory, 'global', 'pg_control'));
  if (version === undefined || !isWhole) {
    // Its tablespaces went before it did.
    return;
  }
  const { catalogVersion } = await server.files(keptDirectory);
  const inUse = new Set(await linksOf(server.dataDirectory));
  for (const location of await linksOf(keptDirectory)) {
    if (!inUse.has(location)) {
      await rm(join(location, `PG_${version}_${catalogVersion}`), {
        recursive: true,
        force: true,
      });
    }
  }
}

async function linksOf(directory: string): Promise<readonly string[]> {
  const folder = join(directory, 'pg_tblspc');
  const links = await entriesOf(folder);
  return Promise.all(links.map(link => readlink(join(folder, link))));
}
