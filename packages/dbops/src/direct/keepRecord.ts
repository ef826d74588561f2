import { toError } from '@backstage/errors';
import { DirectRecord } from 'backstage-plugin-database-ops-node';

/** How it ended. */
export type Verdict = Pick<DirectRecord, 'state' | 'failure'>;

/**
 * Notes how what was begun ended, also when it could not be carried out: the
 * portal would show it as running for ever.
 */
export async function keepRecord(options: {
  readonly begun: DirectRecord;
  readonly note: (record: DirectRecord) => Promise<void>;
  readonly carryOut: () => Promise<Verdict>;
}): Promise<Verdict> {
  const { begun, note, carryOut } = options;
  const noteEnd = (ended: Verdict) =>
    note({ ...begun, ...ended, endedAt: new Date().toISOString() });
  let ended: Verdict;
  try {
    ended = await carryOut();
  } catch (thrown) {
    await noteEnd({
      state: 'failed',
      failure: {
        cause: toError(thrown).message,
        nextStep: `Remove the cause, look whether a worker of operation '${begun.operationId}' still runs, then start it again.`,
      },
    });
    throw thrown;
  }
  await noteEnd(ended);
  return ended;
}
