import { ServiceUnavailableError } from '@backstage/errors';

/** The engine's own time-outs are shorter: this one is for an engine that forgets them. */
export async function withinTime<T>(
  seconds: number,
  subject: string,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(seconds * 1000);
  let refuse = (_reason: Error) => {};
  const late = new Promise<never>((_resolve, reject) => {
    refuse = reject;
  });
  const onAbort = () =>
    refuse(
      new ServiceUnavailableError(
        `${subject} did not answer within ${seconds} s; look at its health, then try again.`,
      ),
    );
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([late, ask(signal)]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
