import { ConflictError, NotFoundError } from '@backstage/errors';
import { RestoredInstance } from 'backstage-plugin-database-ops-common';
import { sealWorkerSpec } from 'backstage-plugin-database-ops-node';
import { JsonObject } from '@backstage/types';
import { DatabaseCatalog, isReady } from '../databases/types';
import { Settings } from '../databases/readSettings';
import { readJson } from '../database/json';
import { findRepositoryFor } from '../repositories/repositoriesOf';
import { OperationRow } from './rows';
import { timeoutSecondsOf } from './stuck/timeouts';

/**
 * What a worker needs for an operation: one database, one repository, nothing else.
 *
 * @throws NotFoundError or ConflictError when the database cannot be acted on any more.
 */
export function buildWorkerSpec(options: {
  readonly row: OperationRow;
  readonly databases: DatabaseCatalog;
  readonly instance?: RestoredInstance;
  readonly executor: Settings['executor'];
  readonly host: string;
}): ReturnType<typeof sealWorkerSpec> {
  const { row, instance, executor } = options;
  const database = options.databases.get(row.database_id);
  if (!database) {
    throw new NotFoundError(
      `Database '${row.database_id}' is not configured any more; put it back to run this operation.`,
    );
  }
  if (!isReady(database)) {
    throw new ConflictError(
      `Database '${database.id}' is quarantined (${database.quarantine.path}: ${database.quarantine.message}); correct the configuration first.`,
    );
  }
  if (!database.repository) {
    throw new ConflictError(
      `Database '${database.id}' has no repository; name one under databaseOps.databases.${database.id}.repository.`,
    );
  }
  const { repositoryId, ...parameters } = readJson<JsonObject>(row.parameters);
  return sealWorkerSpec({
    operationId: row.id,
    kind: row.kind,
    requestedBy: row.requested_by,
    policyName: row.policy_name ?? undefined,
    parameters,
    engineModule: database.engine.engineModule,
    database: database.definition,
    repository: findRepositoryFor(
      row.kind,
      database,
      // The one that was the first when it was requested, where none was named.
      repositoryId ?? row.repository_id ?? undefined,
    ),
    restoredInstance: instance && {
      restoredInstanceId: instance.id,
      directory: instance.directory ?? '',
      facts: instance.facts ?? {},
    },
    timeoutSeconds: timeoutSecondsOf(row, {
      databases: options.databases,
      settings: executor,
    }),
    leaseSeconds: executor.leaseSeconds,
    executorHost: options.host,
  });
}
