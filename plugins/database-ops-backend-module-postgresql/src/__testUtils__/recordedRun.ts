import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { LoggerService } from '@backstage/backend-plugin-api';
import { OperationProgress } from 'backstage-plugin-database-ops-common';
import {
  LocalProcessRunner,
  RepositoryDefinition,
  RunContext,
  S3ObjectStore,
} from 'backstage-plugin-database-ops-node';

/** A run context as a worker makes it, which also keeps what was said. */
export interface RecordedRun {
  readonly context: RunContext;
  readonly lines: string[];
  readonly progress: OperationProgress[];
}

export async function recordedRun(
  repository: RepositoryDefinition,
  options: {
    readonly operationId: string;
    readonly signal?: AbortSignal;
    /** The test's own, which it removes with all that is in it. */
    readonly stateDirectory: string;
  },
): Promise<RecordedRun> {
  const lines: string[] = [];
  const progress: OperationProgress[] = [];
  const say = (message: string) => lines.push(message);
  const logger: LoggerService = {
    debug: say,
    info: say,
    warn: say,
    error: say,
    child: () => logger,
  };
  const workDirectory = await mkdtemp(
    join(options.stateDirectory, 'postgresql-engine-'),
  );
  return {
    lines,
    progress,
    context: {
      operationId: options.operationId,
      requestedBy: 'user:default/owner',
      logger,
      signal: options.signal ?? new AbortController().signal,
      progress: step => progress.push(step),
      store: await S3ObjectStore.create(repository),
      processes: new LocalProcessRunner(),
      clock: () => new Date(),
      workDirectory,
    },
  };
}
