import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LoggerService } from '@backstage/backend-plugin-api';
import { JsonObject, JsonValue } from '@backstage/types';
import { OperationProgress } from 'backstage-plugin-database-ops-common';
import {
  DatabaseDefinition,
  LocalProcessRunner,
  OperateTarget,
  RepositoryDefinition,
  RunContext,
  S3ObjectStore,
} from 'backstage-plugin-database-ops-node';
import {
  fleetRepository,
  resolveFiles,
} from 'backstage-plugin-database-ops-node/testing';
import { LocalFleet } from 'local-fleet';
import { Client } from 'pg';
import { PostgresqlConfig } from '../config';
import { engine } from '../engine';

/** The fleet's PostgreSQL as the engine gets it, with the engine's keys overridden. */
export async function fleetTarget(
  fleet: LocalFleet,
  override: JsonObject = {},
): Promise<OperateTarget<PostgresqlConfig>> {
  const configuration = await fleet.configuration();
  const { databases } = configuration.databaseOps as unknown as {
    databases: Record<string, JsonObject>;
  };
  const [[id, entry]] = Object.entries(databases);
  const raw = (await resolveFiles(entry.postgresql ?? {})) as JsonObject;
  const merged = Object.fromEntries(
    Object.entries({ ...raw, ...override }).map(([key, value]) => [
      key,
      isObject(raw[key]) && isObject(value)
        ? { ...(raw[key] as JsonObject), ...value }
        : value,
    ]),
  );
  const database: DatabaseDefinition<PostgresqlConfig> = {
    id,
    title: id,
    engine: 'postgresql',
    config: engine.describe.readConfig(
      merged as JsonValue,
      `databaseOps.databases.${id}.postgresql`,
    ),
  };
  return { database, repository: await fleetRepository(configuration) };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

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
    readonly stateDirectory?: string;
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
    join(options.stateDirectory ?? tmpdir(), 'postgresql-engine-'),
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

/** A session as the fleet's superuser, over TLS where the server has it. */
export async function withAdmin<T>(
  fleet: LocalFleet,
  use: (client: Client) => Promise<T>,
  restored?: { readonly port: number },
): Promise<T> {
  const client = new Client({
    host: '127.0.0.1',
    port: restored?.port ?? (await fleet.context.port('fleet-pg-1')),
    database: 'app',
    user: 'dbops_admin',
    password: await fleet.context.secret('pg-dbops_admin'),
    ssl: restored
      ? false
      : { ca: await readFile(fleet.context.caFile, 'utf8') },
  });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
