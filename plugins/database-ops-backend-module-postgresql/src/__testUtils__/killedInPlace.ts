// A worker that is killed at a step of a restore in place:
// node killedInPlace.ts <fleet folder> <state folder> <operation id> <step> <parameters as JSON>
import { JsonObject } from '@backstage/types';
import { LocalFleet } from 'local-fleet';
import { engine } from '../engine';
import { fleetTarget, recordedRun } from './fleetDatabase';

async function main(
  directory: string,
  stateDirectory: string,
  operationId: string,
  step: string,
  parameters: string,
): Promise<void> {
  const fleet = await LocalFleet.open({ directory });
  const target = await fleetTarget(fleet, {
    inPlace: { stop: undefined, start: undefined },
  });
  const { context } = await recordedRun(target.repository, {
    operationId,
    stateDirectory,
  });
  await engine.operate.restore!(target, JSON.parse(parameters) as JsonObject, {
    ...context,
    progress: progress => {
      if (progress.step === step) {
        process.kill(process.pid, 'SIGKILL');
      }
    },
  });
}

const [directory, stateDirectory, operationId, step, parameters] =
  process.argv.slice(2);
main(directory, stateDirectory, operationId, step, parameters).then(
  () => process.exit(0),
  error => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  },
);
