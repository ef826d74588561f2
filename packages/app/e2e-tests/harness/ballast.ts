import { randomBytes } from 'node:crypto';
import { chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalFleet } from 'local-fleet';

const FILE_BYTES = 16 * 1024 * 1024;

/**
 * Makes backups last by files in the primary's data folder that do not
 * compress: pgBackRest copies them as it copies a table's, and no WAL arises.
 */
export class Ballast {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async add(
    { context }: LocalFleet,
    megabytes: number,
  ): Promise<Ballast> {
    const folder = join(
      context.directory,
      'postgresql/fleet-pg-1/data/ballast',
    );
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const own = async (path: string) => {
      if (context.serviceUser) {
        await chown(path, context.serviceUser.uid, context.serviceUser.gid);
      }
    };
    await own(folder);
    const count = Math.ceil((megabytes * 1024 * 1024) / FILE_BYTES);
    for (let index = 0; index < count; index++) {
      const file = join(folder, `ballast-${index}`);
      await writeFile(file, randomBytes(FILE_BYTES), { mode: 0o600 });
      await own(file);
    }
    return new Ballast(folder);
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
