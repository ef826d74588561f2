import { lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConflictError, InputError } from '@backstage/errors';
import {
  DatabaseOpsExecutorsExtensionPoint,
  Executor,
} from 'backstage-plugin-database-ops-node';
import { LocalExecutor } from 'backstage-plugin-database-ops-worker';
import { Settings } from '../databases/readSettings';

/**
 * Below the system's temporary folder, where anybody may have made it before
 * us: whoever owns it could read and replace what workers keep there.
 */
async function defaultDirectory(): Promise<string> {
  const uid = process.getuid?.();
  const folder = join(tmpdir(), `database-ops-${uid ?? 'workers'}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  const isOwn = uid === undefined || found.uid === uid;
  if (!found.isDirectory() || !isOwn || (found.mode & 0o077) !== 0) {
    throw new ConflictError(
      `'${folder}', where workers keep their state by default, is not a folder that only this account can open; remove it, or set databaseOps.executor.stateDirectory to a folder of its own.`,
    );
  }
  return folder;
}

/** Executors that modules added. */
export class ExecutorRegistry implements DatabaseOpsExecutorsExtensionPoint {
  readonly #executors = new Map<string, Executor>();

  addExecutor(executor: Executor): void {
    if (this.#executors.has(executor.name)) {
      throw new ConflictError(
        `Executor '${executor.name}' is registered twice; install only one of its modules.`,
      );
    }
    this.#executors.set(executor.name, executor);
  }

  /** @throws InputError when no executor of the configured type is installed. */
  async choose(settings: Settings['executor']): Promise<Executor> {
    const added = this.#executors.get(settings.type);
    if (added) {
      return added;
    }
    if (settings.type !== 'local') {
      throw new InputError(
        `databaseOps.executor.type: '${settings.type}' is not installed; choose ${['local', ...this.#executors.keys()].join(' or ')}.`,
      );
    }
    return LocalExecutor.create({
      stateDirectory: settings.stateDirectory ?? (await defaultDirectory()),
    });
  }
}
