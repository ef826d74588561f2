import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MILLISECONDS = 250;

/** Repeats what a server refuses while it settles; after the time is up its last error is thrown. */
export async function retry<T>(
  action: () => Promise<T>,
  options: { readonly seconds: number },
): Promise<T> {
  const deadline = Date.now() + options.seconds * 1000;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (Date.now() > deadline) {
        throw error;
      }
      await sleep(PAUSE_MILLISECONDS);
    }
  }
}
