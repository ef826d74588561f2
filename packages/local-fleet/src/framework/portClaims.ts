import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { absent, hasCode } from './paths';

/** Where the fleets of an account say which ports are theirs. */
export function claimsFolder(): string {
  return join(tmpdir(), `fleet-ports-${userInfo().uid}`);
}

/**
 * Whether a port is this fleet's from now on: fleets that start at the same
 * time draw before any of their servers listens. What a fleet claimed whose
 * folder is gone is given up here, and free when it is drawn again.
 */
export async function claimPort(
  port: number,
  directory: string,
  claims: string,
): Promise<boolean> {
  await mkdir(claims, { recursive: true, mode: 0o700 });
  const file = join(claims, String(port));
  try {
    await writeFile(file, directory, { flag: 'wx' });
    return true;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) {
      throw error;
    }
  }
  const owner = await readFile(file, 'utf8').catch(absent);
  // An empty one is being written at this moment.
  if (owner && !existsSync(owner)) {
    await rm(file, { force: true });
  }
  return false;
}
