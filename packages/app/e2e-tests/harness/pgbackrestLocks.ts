import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Lock files below a folder that some process holds; a file alone locks nothing. */
export async function heldLocks(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, {
    recursive: true,
    withFileTypes: true,
  });
  const files = entries
    .filter(entry => entry.isFile() && entry.name.endsWith('.lock'))
    .map(entry => join(entry.parentPath, entry.name));
  const held = await Promise.all(
    files.map(async file => ((await isHeld(file)) ? [file] : [])),
  );
  return held.flat();
}

/** pgBackRest locks by flock(2), and so does this tool. */
async function isHeld(file: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    execFile('flock', ['--nonblock', file, 'true'], error => {
      if (!error) {
        resolve(false);
      } else if (error.code === 1) {
        resolve(true);
      } else {
        reject(error);
      }
    });
  });
}
