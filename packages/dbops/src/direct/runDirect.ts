// Break-glass: an operation without the portal, by the worker that the portal
// would start. Nothing here can refuse it; the operating system guards who may
// read the configuration. It leaves a record that the portal announces later.
import { randomUUID } from 'node:crypto';
import { homedir, hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { toError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { ReadyDatabase } from 'backstage-plugin-database-ops-backend/configuration';
import { OperationFailure } from 'backstage-plugin-database-ops-common';
import {
  DirectRecord,
  RepositoryDefinition,
  S3ObjectStore,
  WorkerEvent,
  sealWorkerSpec,
  writeDirectRecord,
} from 'backstage-plugin-database-ops-node';
import { LocalExecutor } from 'backstage-plugin-database-ops-worker';
import { CommandContext } from '../commands/context';
import { loadConfiguration } from '../configuration/loadConfiguration';
import { readDatabases } from '../configuration/readDatabases';
import { UsageError } from '../errors';
import { EXIT, ExitCode } from '../exitCodes';
import { Verdict, keepRecord } from './keepRecord';

const TIMEOUT_SECONDS = 6 * 3600;
const LEASE_SECONDS = 30;
const STOP_GRACE_SECONDS = 20;

/** What is done without the portal. */
export interface DirectRequest {
  readonly databaseId: string;
  readonly kind: 'inventory' | 'backup' | 'restore';
  readonly parameters: JsonObject;
  /** One of the database's; the first when absent. */
  readonly repositoryId?: string;
  readonly reason?: string;
  readonly config: readonly string[];
}

type Restorable = ReadyDatabase & { readonly repository: RepositoryDefinition };

/** Runs it to its end and prints what its worker says. Ctrl-C stops the worker. */
export async function runDirect(
  { terminal }: CommandContext,
  request: DirectRequest,
): Promise<ExitCode> {
  const reason = request.reason?.trim();
  if (!reason) {
    throw new UsageError(
      'Say why with --reason: the portal tells the owner of it when it is back.',
    );
  }
  const database = await findDatabase(request);
  const begun: DirectRecord = {
    version: 1,
    operationId: randomUUID(),
    databaseId: database.id,
    kind: request.kind,
    parameters: request.parameters,
    actor: `direct:${userInfo().username}@${hostname()}`,
    reason,
    startedAt: new Date().toISOString(),
    state: 'running',
  };
  const note = await openNotebook(database.repository, message =>
    terminal.err(message),
  );
  await note(begun);
  terminal.err(
    `Operation ${begun.operationId} runs without the portal, as ${begun.actor}.`,
  );
  const ended = await keepRecord({
    begun,
    note,
    carryOut: () => carryOut(database, begun, line => terminal.out(line)),
  });
  return ended.state === 'succeeded' ? EXIT.ok : EXIT.error;
}

async function findDatabase(request: DirectRequest): Promise<Restorable> {
  const databases = await readDatabases(
    await loadConfiguration(request.config),
  );
  const found = databases.find(({ id }) => id === request.databaseId);
  if (!found) {
    throw new UsageError(
      `There is no database '${request.databaseId}' in this configuration; it has ${databases.map(({ id }) => id).join(', ') || 'none'}.`,
    );
  }
  if (found.quarantine) {
    throw new UsageError(
      `Database '${found.id}' is configured wrongly: ${found.quarantine.path}: ${found.quarantine.message}`,
    );
  }
  if (!found.repository) {
    throw new UsageError(`Database '${found.id}' has no repository.`);
  }
  const repository = [
    found.repository,
    ...(found.additionalRepositories ?? []),
  ].find(({ id }) => id === (request.repositoryId ?? found.repositoryId));
  if (!repository) {
    throw new UsageError(
      `Database '${found.id}' has no repository '${request.repositoryId}'; it has ${[found.repositoryId, ...(found.additionalRepositoryIds ?? [])].join(', ')}.`,
    );
  }
  return { ...found, repository };
}

/** A repository that takes no record stops nothing: that is what break-glass is for. */
async function openNotebook(
  repository: RepositoryDefinition,
  complain: (message: string) => void,
): Promise<(record: DirectRecord) => Promise<void>> {
  return async record => {
    try {
      const store = await S3ObjectStore.create(repository);
      try {
        await writeDirectRecord(store, record);
      } finally {
        store.close();
      }
    } catch (error) {
      complain(
        `The repository took no record of it; tell the owner of database '${record.databaseId}' yourself: ${toError(error).message}`,
      );
    }
  };
}

async function carryOut(
  database: Restorable,
  record: DirectRecord,
  say: (line: string) => void,
): Promise<Verdict> {
  const executor = await LocalExecutor.create({
    stateDirectory: join(homedir(), '.dbops', 'direct'),
  });
  const { spec, secrets } = sealWorkerSpec({
    operationId: record.operationId,
    kind: record.kind,
    requestedBy: record.actor,
    policyName: database.policyName,
    parameters: record.parameters,
    engineModule: database.engine.engineModule,
    database: database.definition,
    repository: database.repository,
    timeoutSeconds: TIMEOUT_SECONDS,
    leaseSeconds: LEASE_SECONDS,
    executorHost: executor.host,
  });
  const handle = await executor.start(spec, secrets);
  const stop = () => {
    void executor.stop(handle, { graceSeconds: STOP_GRACE_SECONDS });
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  let verdict: Verdict = { state: 'interrupted' };
  try {
    for await (const event of executor.follow(
      handle,
      0,
      new AbortController().signal,
    )) {
      say(lineOf(event));
      verdict = verdictOf(event) ?? verdict;
    }
  } finally {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
  }
  await executor.stop(handle, { graceSeconds: STOP_GRACE_SECONDS });
  await executor.forget(handle);
  return verdict;
}

function verdictOf(event: WorkerEvent): Verdict | undefined {
  if (event.type === 'result') {
    return { state: 'succeeded' };
  }
  return event.type === 'error'
    ? {
        state: event.cancelled ? 'interrupted' : 'failed',
        failure: event.failure,
      }
    : undefined;
}

function lineOf(event: WorkerEvent): string {
  switch (event.type) {
    case 'log':
      return `${event.at} ${event.level} ${event.message}`;
    case 'progress':
      return `${event.at} ${event.progress.step ?? ''} ${event.progress.percent ?? ''}`.trimEnd();
    case 'result':
      return JSON.stringify(withoutInventory(event.data), undefined, 2);
    default:
      return failureLine(event.failure);
  }
}

function failureLine({ cause, nextStep }: OperationFailure): string {
  return `${cause} ${nextStep}`;
}

/** What the repository holds is long; what this operation made is asked for. */
function withoutInventory({ inventory: _inventory, ...made }: JsonObject) {
  return made;
}
