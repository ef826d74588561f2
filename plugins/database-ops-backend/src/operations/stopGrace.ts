import { abortGraceSecondsOf } from 'backstage-plugin-database-ops-node';
import { readJson } from '../database/json';
import { DatabaseCatalog, isReady } from '../databases/types';
import { OperationRow } from './rows';

/** For a worker to end its tools and say how it ended. */
const STOP_GRACE_SECONDS = 20;

/**
 * How long a worker that is stopped has before it is ended by force: longer
 * than it gives its verb, for it has to say how that ended.
 */
export function stopGraceSecondsOf(
  row: Pick<OperationRow, 'database_id' | 'kind' | 'parameters'>,
  databases: DatabaseCatalog,
): number {
  const database = databases.get(row.database_id);
  if (!database || !isReady(database)) {
    return STOP_GRACE_SECONDS;
  }
  const verbSeconds = abortGraceSecondsOf(
    database.engine.engine.describe,
    database.definition.config,
    { kind: row.kind, parameters: readJson(row.parameters) },
  );
  return verbSeconds > STOP_GRACE_SECONDS
    ? verbSeconds + STOP_GRACE_SECONDS
    : STOP_GRACE_SECONDS;
}
