import { OperateTarget, RunContext } from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { archiveTimeoutSeconds } from '../pgbackrest/configuration';
import { PgBackRest } from '../pgbackrest/PgBackRest';

/** Time for a check beside its wait for the segment that it switched to. */
const CHECK_MARGIN_SECONDS = 120;

/**
 * The stanza is there, made where it was not, and a WAL segment reaches the
 * archive. Most of the time goes by waiting for that segment, so that the
 * repository is read at the same time.
 *
 * @throws OperationFailedError naming cause, object and next step
 */
export async function requireArchiving(
  target: OperateTarget<PostgresqlConfig>,
  context: RunContext,
  options: {
    readonly pgbackrest: PgBackRest;
    readonly onLine: (line: string) => void;
  },
): Promise<void> {
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
  const [stanza, checked] = await Promise.allSettled([
    pgbackrest.info().catch(error => {
      unreadable.abort(error);
      throw error;
    }),
    check(),
  ]);
  if (stanza.status === 'rejected') {
    throw stanza.reason;
  }
  if (!stanza.value) {
    context.logger.info(
      `The stanza '${pgbackrest.config.stanza}' is not in the repository yet`,
    );
    await pgbackrest.run({ command: 'stanza-create', timeoutSeconds, onLine });
    await check();
  } else if (checked.status === 'rejected') {
    throw checked.reason;
  }
}
