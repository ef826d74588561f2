import { readFile } from 'node:fs/promises';
import { JsonObject, JsonValue } from '@backstage/types';
import {
  DatabaseDefinition,
  OperateTarget,
} from 'backstage-plugin-database-ops-node';
import {
  fleetRepository,
  resolveFiles,
} from 'backstage-plugin-database-ops-node/testing';
import { LocalFleet } from 'local-fleet';
import { Client } from 'pg';
import { PostgresqlConfig } from '../config';
import { engine } from '../engine';

export { recordedRun } from './recordedRun';
export type { RecordedRun } from './recordedRun';

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

/** The fleet's PostgreSQL with both of its repositories, each as the verbs get it. */
export async function fleetTargets(fleet: LocalFleet): Promise<{
  readonly first: OperateTarget<PostgresqlConfig>;
  readonly second: OperateTarget<PostgresqlConfig>;
}> {
  const { database, repository } = await fleetTarget(fleet);
  const second = await fleetRepository(
    await fleet.configuration(),
    '',
    'second',
  );
  const both = { ...database, repositoryIds: [repository.id, second.id] };
  return {
    first: { database: both, repository },
    second: { database: both, repository: second },
  };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
