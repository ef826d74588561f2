import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  readCredentialsFile,
  WrittenCredentials,
} from '../connection/credentials';

/** The file that portals read; each change of it is whole or not there. */
export class CredentialsFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  read(): WrittenCredentials | undefined {
    return readCredentialsFile(this.path);
  }

  async write(credentials: WrittenCredentials): Promise<void> {
    const scratch = `${this.path}.${randomBytes(6).toString('hex')}`;
    const content = JSON.stringify({
      username: credentials.username,
      password: credentials.password.reveal(),
      writtenAt: credentials.writtenAt?.toISOString(),
      endingUsername: credentials.endingUsername,
    });
    try {
      const file = await open(scratch, 'wx', 0o600);
      try {
        await file.writeFile(`${content}\n`);
        await this.#keepOwner(file);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(scratch, this.path);
    } catch (error) {
      await rm(scratch, { force: true });
      throw error;
    }
    const folder = await open(dirname(this.path), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  /** A worker of root must not take the file away from the portal's account. */
  async #keepOwner(file: {
    chown(uid: number, gid: number): Promise<void>;
  }): Promise<void> {
    if (process.getuid?.() !== 0) {
      return;
    }
    const { uid, gid } = await stat(dirname(this.path));
    await file.chown(uid, gid);
  }
}
