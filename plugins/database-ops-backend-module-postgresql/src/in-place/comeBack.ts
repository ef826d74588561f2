import { toError } from '@backstage/errors';
import {
  describeFailure,
  OperationFailedError,
  RunContext,
  SOURCE_AS_BEFORE_CODES,
} from 'backstage-plugin-database-ops-node';
import { InPlaceJournal } from './InPlaceJournal';
import { isThere, putBack } from './putBack';
import { SourceServer } from './SourceServer';

/**
 * After a failure: the source runs as before, unless the restored one took its
 * place and lets people in. What they wrote is not taken away from them without
 * being asked for.
 *
 * @throws OperationFailedError saying where the source's data is, when it did not come back
 */
export async function comeBack(
  options: Parameters<typeof putBack>[0] & {
    readonly context: Pick<RunContext, 'logger' | 'signal'>;
    readonly reason: unknown;
  },
): Promise<void> {
  const { journal, server, context, reason } = options;
  const { signal, logger } = context;
  const ended = signal.aborted ? 'was stopped' : 'failed';
  const because = toError(reason).message;
  if (await runsInPlace(journal, server)) {
    throw new OperationFailedError(
      {
        cause: `The restored server runs in the source's place, and then the restore in place ${ended} (${because}). The source is kept aside in ${journal.keptDirectory}.`,
        object: journal.source.dataDirectory,
        nextStep: `Promote the restored instance ${journal.operationId} to keep what runs, or discard it to put the source back.`,
        code: 'source-kept-aside',
      },
      reason,
    );
  }
  logger.info(
    `The restore in place ${ended} (${journal.state}); the source comes back`,
  );
  try {
    await putBack(options);
  } catch (error) {
    const { source, keptDirectory } = journal;
    const where = (await isThere(keptDirectory))
      ? keptDirectory
      : source.dataDirectory;
    throw new OperationFailedError(
      {
        cause: `The restore in place failed (${because}), and the source could not be brought back: ${toError(error).message}. Its data is in ${where}.`,
        object: where,
        nextStep: `Discard the restored instance ${journal.operationId}, or restore in place again: both put the source back first. By hand: see docs/in-place-restore.md.`,
        code: 'source-not-back',
      },
      error,
    );
  }
}

/** A failure after which the source is as it was; the portal waits for nobody's decision. */
export function undone(
  error: unknown,
  { signal }: Pick<RunContext, 'signal'>,
): unknown {
  const failure = describeFailure(error, { object: '' });
  return signal.aborted || SOURCE_AS_BEFORE_CODES.includes(failure.code ?? '')
    ? error
    : new OperationFailedError({ ...failure, code: 'in-place-undone' }, error);
}

/** Whether the restored server is in the source's place and lets people in, whatever its worker came to write down. */
export async function runsInPlace(
  journal: InPlaceJournal,
  server: SourceServer,
): Promise<boolean> {
  return (
    ['switching', 'open', 'putting-back'].includes(journal.state) &&
    (await isThere(journal.keptDirectory)) &&
    (await server.letsIn()) &&
    (await server.files()).timeline === journal.opened?.timeline
  );
}
