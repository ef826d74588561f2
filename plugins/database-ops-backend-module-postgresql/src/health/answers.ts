import { toError } from '@backstage/errors';
import { Answer } from './findings';

/** Puts SQL to one member; what goes wrong is the answer's reason. */
export type Ask = <TRow extends object>(
  sql: string,
) => Promise<Answer<readonly TRow[]>>;

export async function answerOf<T>(ask: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await ask() };
  } catch (error) {
    return {
      ok: false,
      reason: toError(error).message.replace(/\s+/g, ' ').trim(),
    };
  }
}

export function mapAnswer<T, U>(
  answer: Answer<T>,
  map: (value: T) => U,
): Answer<U> {
  return answer.ok ? { ok: true, value: map(answer.value) } : answer;
}

/** The only row of an answer that has one. */
export function firstRow<TRow>(rows: Answer<readonly TRow[]>): Answer<TRow> {
  return rows.ok && rows.value.length === 0
    ? { ok: false, reason: 'the server gave no row' }
    : mapAnswer(rows, ([row]) => row);
}

/** The driver cannot abort a query; its own time-outs end it soon after. */
export async function withAbort<T>(
  work: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    // Its words must not read like a member's silence: nothing follows about the member.
    onAbort = () => reject(new Error('the time for the whole check is up'));
    if (signal.aborted) {
      onAbort();
    } else {
      signal.addEventListener('abort', onAbort, { once: true });
    }
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort) {
      signal.removeEventListener('abort', onAbort);
    }
  }
}
