import { chmod, chown, rename, writeFile } from 'node:fs/promises';
import { FleetContext } from './types';

/** Writes a file that only the account its server runs as can read (mode 0600); replaces an older one at once. */
export async function writeOwnedFile(
  context: FleetContext,
  path: string,
  content: string,
): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, content, { mode: 0o600 });
  await chmod(draft, 0o600);
  if (context.serviceUser) {
    await chown(draft, context.serviceUser.uid, context.serviceUser.gid);
  }
  await rename(draft, path);
}
