import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { ConflictError, InputError } from '@backstage/errors';
import {
  DatabaseOpsExecutorsExtensionPoint,
  Executor,
} from 'backstage-plugin-database-ops-node';
import { LocalExecutor } from 'backstage-plugin-database-ops-worker';
import { Settings } from '../databases/readSettings';

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
      stateDirectory:
        settings.stateDirectory ??
        join(tmpdir(), `database-ops-${process.getuid?.() ?? 'workers'}`),
    });
  }
}
