import { readdir } from 'node:fs/promises';
import { LocalExecutor } from 'backstage-plugin-database-ops-worker';

const GRACE_SECONDS = 10;

/** Ends the workers of a folder with all that they started: they outlive whoever asked for them. */
export async function endWorkers(stateDirectory: string): Promise<void> {
  const executor = await LocalExecutor.create({ stateDirectory });
  for (const name of await readdir(stateDirectory)) {
    // Others are the executor's own.
    const handle = name.startsWith('.') ? undefined : await executor.find(name);
    if (handle) {
      await executor.stop(handle, { graceSeconds: GRACE_SECONDS });
    }
  }
}
