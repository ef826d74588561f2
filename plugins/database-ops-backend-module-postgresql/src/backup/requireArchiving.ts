import {
  Inventory,
  OperateTarget,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { readRepository } from '../inventory/readInventory';
import { archiveTimeoutSeconds } from '../pgbackrest/configuration';
import { PgBackRest } from '../pgbackrest/PgBackRest';

/** Time for a check beside its wait for the segment that it switched to. */
const CHECK_MARGIN_SECONDS = 120;

/**
 * The stanza is there, made where it was not, and a WAL segment reaches the
 * archive. Most of the time goes by waiting for that segment, so that the
 * repository is read at the same time.
 *
 * @returns what the repository held, while the stanza was there
 * @throws OperationFailedError naming cause, object and next step
 */
export async function requireArchiving(
  target: OperateTarget<PostgresqlConfig>,
  context: RunContext,
  options: {
    readonly pgbackrest: PgBackRest;
    readonly onLine: (line: string) => void;
  },
): Promise<Inventory | undefined> {
  const { pgbackrest, onLine } = options;
  const timeoutSeconds = archiveTimeoutSeconds(target) + CHECK_MARGIN_SECONDS;
  const unreadable = new AbortController();
  const check = () =>
    pgbackrest.run({
      command: 'check',
      timeoutSeconds,
      signal: AbortSignal.any([context.signal, unreadable.signal]),
      onLine,
    });
  context.progress({
    step: 'Checking that WAL reaches the archive',
    percent: 0,
  });
  let isRead = false;
  const read = async () => {
    try {
      return await readRepository(target, context, pgbackrest);
    } catch (error) {
      unreadable.abort(error);
      throw error;
    } finally {
      isRead = true;
    }
  };
  const checkFirst = async () => {
    await check();
    if (!isRead) {
      context.progress({ step: 'Reading the repository', percent: 0 });
    }
  };
  const [found, checked] = await Promise.allSettled([read(), checkFirst()]);
  if (found.status === 'rejected') {
    throw found.reason;
  }
  const { stanza, inventory } = found.value;
  if (!stanza) {
    context.logger.info(
      `The stanza '${pgbackrest.config.stanza}' is not in the repository yet`,
    );
    await pgbackrest.run({ command: 'stanza-create', timeoutSeconds, onLine });
    await check();
    return undefined;
  }
  if (checked.status === 'rejected') {
    throw checked.reason;
  }
  return inventory;
}
