import { execFile } from 'node:child_process';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { unlessGone } from './processes';

/** What `flock` exits with when it can neither open nor create the file. */
const FOLDER_GONE = 66;

/**
 * Lock files below a folder that some process holds; a file alone locks nothing.
 *
 * A folder that its worker's end removes meanwhile holds no lock.
 */
export async function heldLocks(folder: string): Promise<readonly string[]> {
  await access(folder);
  const held = await Promise.all(
    (await locksBelow(folder)).map(async file =>
      (await isHeld(file)) ? [file] : [],
    ),
  );
  return held.flat();
}

async function locksBelow(folder: string): Promise<readonly string[]> {
  const entries =
    (await unlessGone(readdir(folder, { withFileTypes: true }))) ?? [];
  const files = entries.map(async entry => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return locksBelow(path);
    }
    return entry.isFile() && entry.name.endsWith('.lock') ? [path] : [];
  });
  return (await Promise.all(files)).flat();
}

/** pgBackRest locks by flock(2), and so does this tool. */
async function isHeld(file: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    execFile('flock', ['--nonblock', file, 'true'], error => {
      if (!error || error.code === FOLDER_GONE) {
        resolve(false);
      } else if (error.code === 1) {
        resolve(true);
      } else {
        reject(error);
      }
    });
  });
}
