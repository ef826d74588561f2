import { Settings } from '../../databases/readSettings';
import { DatabaseCatalog, isReady } from '../../databases/types';
import { OperationRow } from '../rows';

/** How long an operation may run: its policy's word, else the executor's. */
export function timeoutSecondsOf(
  row: Pick<OperationRow, 'database_id' | 'kind'>,
  known: {
    readonly databases: DatabaseCatalog;
    readonly settings: Settings['executor'];
  },
): number {
  const database = known.databases.get(row.database_id);
  const policy = database && isReady(database) ? database.policy : undefined;
  return (
    policy?.timeoutSeconds[row.kind] ?? known.settings.timeoutSeconds(row.kind)
  );
}
