import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { JsonObject } from '@backstage/types';
import { LocalFleet } from 'local-fleet';

/** Lets a worker of its own begin a restore in place, and kills it at a step. */
export async function killWorkerAt(
  step: string,
  options: {
    readonly fleet: LocalFleet;
    readonly stateDirectory: string;
    readonly operationId: string;
    readonly parameters: JsonObject;
  },
): Promise<void> {
  const { fleet, stateDirectory, operationId, parameters } = options;
  const child = spawn(
    process.execPath,
    [
      '--require',
      require.resolve('@backstage/cli/config/nodeTransform.cjs'),
      join(__dirname, 'killedInPlace.ts'),
      fleet.context.directory,
      stateDirectory,
      operationId,
      step,
      JSON.stringify({ mode: 'in-place', ...parameters }),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const [said, [code, signal]] = await Promise.all([
    text(child.stderr),
    once(child, 'exit'),
  ]);
  if (signal !== 'SIGKILL') {
    throw new Error(
      `The worker ended by itself (${signal ?? code}) before "${step}": ${said}`,
    );
  }
}
