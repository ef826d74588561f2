import { JsonObject } from '@backstage/types';
import { Backup, ProofCheck } from 'backstage-plugin-database-ops-common';
import { OperateTarget, RunContext, VerifyOutcome } from '../../engine/types';
import type { ToyConfig } from './engine';

/**
 * Reads every file of a backup again and compares the bytes with what its
 * manifest says; the depth `repository` skips that and looks for the files only.
 */
export async function verifyToyBackup(
  { database }: OperateTarget<ToyConfig>,
  backup: Backup,
  parameters: JsonObject,
  context: RunContext,
): Promise<VerifyOutcome> {
  const startedAt = context.clock();
  const folder = `toy/${database.id}/${backup.id}/files/`;
  const depth = parameters.depth === 'repository' ? 'repository' : 'restore';
  let files = 0;
  let sizeBytes = 0;
  for await (const { key, sizeBytes: listedBytes } of context.store.list(
    folder,
  )) {
    context.signal.throwIfAborted();
    files += 1;
    const object =
      depth === 'restore' ? await context.store.get(key) : undefined;
    sizeBytes += object ? object.body.length : listedBytes;
  }
  const whole = sizeBytes === backup.sizeBytes;
  const check: ProofCheck = {
    id: 'size',
    title: 'Size of the files',
    status: whole ? 'passed' : 'failed',
    sentence: `${files} files have ${sizeBytes} bytes, the manifest says ${backup.sizeBytes}.`,
    value: sizeBytes,
    unit: 'By',
  };
  const endedAt = context.clock();
  return {
    proof: {
      depth,
      state: whole ? 'proved' : 'failed',
      sentence: whole
        ? `Backup ${backup.id} is whole.`
        : `Backup ${backup.id} is damaged: ${check.sentence}`,
      startedAt: startedAt.toISOString(),
      endedAt: endedAt.toISOString(),
      backupId: backup.id,
      moment: { time: backup.stoppedAt },
      ...(depth === 'restore'
        ? {
            rpoSeconds:
              (startedAt.getTime() - Date.parse(backup.stoppedAt)) / 1000,
            rtoSeconds: (endedAt.getTime() - startedAt.getTime()) / 1000,
          }
        : {}),
      checks: [check],
    },
  };
}
