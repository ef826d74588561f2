import { readlink, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Account } from '../restore/account';
import { entriesOf, requireBelow, RestorePlace } from '../restore/RestorePlace';
import { InPlaceJournal } from './InPlaceJournal';
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

/** Folders of confirmed restores are there for tablespaces alone: a later restore has taken these elsewhere. */
export async function removeEmptied(
  { directory, databaseId }: InPlaceJournal,
  server: SourceServer,
  account: Account,
): Promise<void> {
  const root = dirname(directory);
  const inUse = await linksOf(server.dataDirectory);
  for (const entry of await entriesOf(root)) {
    const other = join(root, entry);
    if (other === directory || !entry.startsWith(`${databaseId}-`)) {
      continue;
    }
    await requireBelow(root, databaseId, other);
    const journal = await InPlaceJournal.open(other);
    const locations = (await entriesOf(join(other, 'tablespaces'))).map(name =>
      join(other, 'tablespaces', name),
    );
    const left = await Promise.all(locations.map(entriesOf));
    if (
      journal?.databaseId === databaseId &&
      journal.state === 'confirmed' &&
      left.every(files => files.length === 0) &&
      !locations.some(location => inUse.includes(location))
    ) {
      await (await RestorePlace.open(other, account))?.remove();
    }
  }
}

async function linksOf(directory: string): Promise<readonly string[]> {
  const folder = join(directory, 'pg_tblspc');
  const links = await entriesOf(folder);
  return Promise.all(links.map(link => readlink(join(folder, link))));
}
