import { dirname } from 'node:path';
import { isError, toError } from '@backstage/errors';
import {
  describeFailure,
  findProcess,
  Guardian,
  killProcessGroup,
  Redactor,
} from 'backstage-plugin-database-ops-node';
import { EventLog } from './events/EventLog';
import { openSpec, readSecrets, readSpec } from './spec/readSpec';
import { claimFolder, stateFiles } from './stateFolder';
import { Worker, WorkerEnd } from './Worker';

const EXIT_CODES: Readonly<Record<WorkerEnd['state'], number>> = {
  succeeded: 0,
  failed: 1,
  cancelled: 2,
};

/**
 * The worker's process: `database-ops-worker <folder>/spec.json`, secrets as a
 * JSON object on descriptor 3. Events go to the spec's folder. Exit code 0
 * succeeded, 1 failed, 2 cancelled.
 *
 * @public
 */
export async function runWorkerProcess(): Promise<void> {
  try {
    process.exitCode = await run(process.argv[2]);
  } catch (thrown) {
    process.stderr.write(`${toError(thrown).message}\n`);
    process.exitCode = 1;
  }
  // Sockets of an engine that did not close them must not keep the worker alive.
  process.exit();
}

async function run(specPath: string | undefined): Promise<number> {
  if (!specPath) {
    process.stderr.write('usage: database-ops-worker <folder>/spec.json\n');
    return 1;
  }
  const cancel = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () =>
      cancel.abort(new Error('the operation was cancelled')),
    );
  }
  const folder = dirname(specPath);
  const self = await findProcess(process.pid);
  const identity = { processId: process.pid, startTime: self?.startTime ?? '' };
  if (!(await claimFolder(folder, identity))) {
    process.stderr.write(
      `Another worker has carried out '${specPath}' already.\n`,
    );
    return 1;
  }
  // Before secrets arrive, so that whatever happens then is told as an event.
  const early = EventLog.open(stateFiles.events(folder), new Redactor([]));
  let secrets: Readonly<Record<string, string>>;
  let open;
  try {
    const spec = await readSpec(specPath);
    secrets = await readSecrets();
    open = openSpec(spec, secrets);
  } catch (thrown) {
    early.error(
      describeFailure(thrown, { object: `worker spec ${specPath}` }),
      false,
    );
    return EXIT_CODES.failed;
  }
  early.close();

  const values = Object.values(secrets);
  const redactor = new Redactor(values);
  const events = EventLog.open(stateFiles.events(folder), redactor);
  const guardian = await Guardian.start();
  const killChildren = async () => {
    if (guardian) {
      await killProcessGroup(process.pid, [process.pid, guardian.processId]);
    }
  };
  if (!guardian) {
    events.log(
      'warn',
      'This worker does not lead a process group; if it is killed, its child processes go on.',
    );
  }
  failOnStrayErrors({ events, redactor, killChildren });
  const end = await new Worker({
    open,
    secrets: values,
    events,
    redactor,
    workDirectory: stateFiles.work(folder),
    cancelled: cancel.signal,
    killChildren,
  }).run();
  if (end.state === 'succeeded') {
    events.result(end.result);
  } else {
    events.error(end.failure, end.state === 'cancelled');
  }
  events.close();
  await guardian?.dismiss();
  return EXIT_CODES[end.state];
}

/** An error outside the verb's promise (a driver's socket, say) must not look like a killed worker. */
function failOnStrayErrors(options: {
  readonly events: EventLog;
  readonly redactor: Redactor;
  readonly killChildren: () => Promise<void>;
}): void {
  const fail = (thrown: unknown) => {
    const failure = describeFailure(thrown, { object: 'worker' });
    options.events.error(options.redactor.redactValue(failure), false);
    if (isError(thrown)) {
      process.stderr.write(
        `${options.redactor.redact(thrown.stack ?? thrown.message)}\n`,
      );
    }
    // The guardian ends what is left once this process is gone.
    process.exit(EXIT_CODES.failed);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
}
