import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { Backup } from 'backstage-plugin-database-ops-common';
import { z } from 'zod';
import { EngineOperation, OperateTarget, RunContext } from '../../engine/types';
import { Inventory } from '../../inventory/types';
import type { ToyConfig } from './engine';
import { expireToyBackups, lockToyBackup } from './expire';
import { verifyToyBackup } from './verify';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Parameters by which tests make the toy behave like a slow, broken or stubborn engine. */
const misbehaviourSchema = z.object({
  /** Time the verb takes, with a child process running and percent rising. */
  slowSeconds: z.number().default(0),
  /** Message to fail with. */
  fail: z.string().optional(),
  /** Take the backup away again before it is looked for. */
  lose: z.boolean().default(false),
  /** Put the passphrase where none belongs: into a log line, or into the result. */
  leak: z.enum(['log', 'result']).optional(),
});

const backupFolder = (databaseId: string) => `toy/${databaseId}/`;

/** @public */
export const toyOperation: EngineOperation<ToyConfig> = {
  async inventory(target, context) {
    const { database } = target;
    const backups: Backup[] = [];
    for await (const { key } of context.store.list(backupFolder(database.id))) {
      if (key.endsWith('/manifest.json')) {
        backups.push(await readManifest(context, key));
      }
    }
    return inventoryOf(database.id, backups, context);
  },

  async backup(target, parameters, context) {
    const { database } = target;
    const startedAt = context.clock().toISOString();
    const id = `toy-${context.operationId}`;
    const folder = `${backupFolder(database.id)}${id}/`;
    await misbehave(target, parameters, context);
    let sizeBytes = 0;
    for (const name of (await readdir(database.config.directory)).sort()) {
      context.signal.throwIfAborted();
      const content = await readFile(join(database.config.directory, name));
      await context.store.put(`${folder}files/${name}`, content);
      sizeBytes += content.length;
    }
    const { lose, leak } = misbehaviourSchema.parse(parameters);
    const backup: Backup = {
      id,
      databaseId: database.id,
      type: 'full',
      startedAt,
      stoppedAt: context.clock().toISOString(),
      sizeBytes,
      repositorySizeBytes: sizeBytes,
      chain: [id],
      operationId: context.operationId,
      requestedBy:
        leak === 'result'
          ? database.config.passphrase.reveal()
          : context.requestedBy,
      state: 'present',
    };
    // The manifest comes last: data without one is no backup.
    if (!lose) {
      await context.store.put(`${folder}manifest.json`, JSON.stringify(backup));
    }
    await lockToyBackup(backupFolder(database.id), id, target, context);
    context.progress({ step: 'Written', percent: 100, doneBytes: sizeBytes });
    return { backup };
  },

  async restore(target, parameters, context) {
    const { database } = target;
    const directory = join(
      database.config.restoreDirectory,
      context.operationId,
    );
    await claimEmptyFolder(directory);
    try {
      await misbehave(target, parameters, context);
      const backup = await chooseBackup(target, parameters, context);
      const folder = `${backupFolder(database.id)}${backup.id}/files/`;
      let files = 0;
      for await (const { key } of context.store.list(folder)) {
        context.signal.throwIfAborted();
        const object = await context.store.get(key);
        await writeFile(
          join(directory, key.slice(folder.length)),
          object?.body ?? '',
        );
        files += 1;
      }
      return {
        backupId: backup.id,
        moment: { time: backup.stoppedAt },
        state: 'running',
        directory,
        sizeBytes: backup.sizeBytes,
        expiresAt: new Date(context.clock().getTime() + DAY_MS).toISOString(),
        connection: { command: `ls -l ${directory}` },
        facts: { files },
      };
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  },

  async verify(target, parameters, context) {
    await misbehave(target, parameters, context);
    const backup = await chooseBackup(target, parameters, context);
    return verifyToyBackup(target, backup, parameters, context);
  },

  async expire({ database, repository }, request, context) {
    const folder = backupFolder(database.id);
    return expireToyBackups(folder, request, repository, context);
  },

  async discard(_target, instance) {
    await rm(instance.directory, { recursive: true, force: true });
  },
};

async function misbehave(
  { database }: OperateTarget<ToyConfig>,
  parameters: JsonObject,
  context: RunContext,
): Promise<void> {
  const { slowSeconds, fail, leak } = misbehaviourSchema.parse(parameters);
  const secret = database.config.passphrase.reveal();
  if (leak === 'log') {
    context.logger.info(`the passphrase is ${secret}`);
  }
  if (slowSeconds > 0) {
    // A tool with a child of its own, as pgBackRest has, and a secret in its environment.
    const tool = context.processes.run({
      command: '/bin/sh',
      args: ['-c', `sleep ${slowSeconds} & wait`],
      env: { TOY_PASSPHRASE: secret },
      timeoutSeconds: slowSeconds + 5,
      signal: context.signal,
    });
    await Promise.all([tool, pretendProgress(slowSeconds, context)]);
  }
  if (fail !== undefined) {
    throw new InputError(fail);
  }
}

async function pretendProgress(
  slowSeconds: number,
  context: RunContext,
): Promise<void> {
  const steps = 20;
  for (let step = 1; step < steps; step++) {
    await sleep((slowSeconds * 1000) / steps, undefined, {
      signal: context.signal,
    });
    context.progress({ step: 'Copying', percent: (step * 100) / steps });
    // A lower percent, as tools report when a phase begins; the worker ignores it.
    context.progress({ step: 'Copying', percent: 1 });
  }
}

async function chooseBackup(
  target: OperateTarget<ToyConfig>,
  parameters: JsonObject,
  context: RunContext,
): Promise<Backup> {
  const { backups } = await toyOperation.inventory!(target, context);
  const wanted =
    parameters.kind === 'backup' ? parameters.backupId : backups.at(-1)?.id;
  const backup = backups.find(({ id }) => id === wanted);
  if (!backup) {
    throw new NotFoundError(
      `Database '${target.database.id}' has no backup '${wanted ?? ''}'; choose one of the list, or take one first.`,
    );
  }
  return backup;
}

async function claimEmptyFolder(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  if ((await readdir(directory)).length > 0) {
    throw new ConflictError(
      `Folder '${directory}' is not empty; nothing is restored over what is there. Empty it or choose another one.`,
    );
  }
}

async function readManifest(context: RunContext, key: string): Promise<Backup> {
  const manifest = await context.store.get(key);
  if (!manifest) {
    throw new NotFoundError(
      `Manifest '${key}' vanished while it was read; try again.`,
    );
  }
  return JSON.parse(manifest.body.toString('utf8')) as Backup;
}

function inventoryOf(
  databaseId: string,
  backups: readonly Backup[],
  context: RunContext,
): Inventory {
  return {
    version: 1,
    databaseId,
    engine: 'toy',
    observedAt: context.clock().toISOString(),
    backups: [...backups].sort((a, b) =>
      a.stoppedAt.localeCompare(b.stoppedAt),
    ),
    logs: [],
  };
}
