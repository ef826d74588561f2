import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isError } from '@backstage/errors';

/** The files of one worker's folder. */
export const stateFiles = {
  spec: (folder: string) => join(folder, 'spec.json'),
  worker: (folder: string) => join(folder, 'worker.json'),
  events: (folder: string) => join(folder, 'events.jsonl'),
  log: (folder: string) => join(folder, 'worker.log'),
  work: (folder: string) => join(folder, 'work'),
};

/** The process that works on a folder's operation. */
export interface WorkerIdentity {
  readonly processId: number;
  /** Tells the process from a later one of the same id. */
  readonly startTime: string;
}

/**
 * Writes down that this process works on the operation; false when another one
 * did already, so that an operation is never carried out twice.
 */
export async function claimFolder(
  folder: string,
  identity: WorkerIdentity,
): Promise<boolean> {
  try {
    await writeFile(stateFiles.worker(folder), JSON.stringify(identity), {
      flag: 'wx',
      mode: 0o600,
    });
    return true;
  } catch (error) {
    if (isError(error) && error.code === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

/** `undefined` when no worker has begun. */
export async function readWorkerIdentity(
  folder: string,
): Promise<WorkerIdentity | undefined> {
  try {
    const content = await readFile(stateFiles.worker(folder), 'utf8');
    // Empty between its creation and its content.
    return content ? (JSON.parse(content) as WorkerIdentity) : undefined;
  } catch (error) {
    if (isError(error) && error.code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}
