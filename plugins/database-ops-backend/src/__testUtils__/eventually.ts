/** Asks again until an answer satisfies. */
export async function eventually<T>(
  ask: () => Promise<T>,
  satisfies: (answer: T) => boolean,
  timeoutSeconds = 10,
): Promise<T> {
  const end = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer)) {
      return answer;
    }
    if (Date.now() > end) {
      throw new Error(
        `Still ${JSON.stringify(answer)} after ${timeoutSeconds} s.`,
      );
    }
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
