const INTERRUPTED = 130;

/** What a command has to undo, last first. */
export type Undo = (end: () => Promise<void>) => void;

/**
 * Runs a command that starts servers and makes folders, and undoes that at its
 * end, whatever it is: success, an error, or a signal. Its value is the exit code.
 */
export function runCommand(work: (undo: Undo) => Promise<number>): void {
  const ends: (() => Promise<void>)[] = [];
  let ending: Promise<void> | undefined;
  const end = () => {
    ending ??= undoAll(ends);
    return ending;
  };
  const tell = (error: unknown) =>
    process.stderr.write(
      `${error instanceof Error ? error.stack : String(error)}\n`,
    );
  const interrupted = () => {
    if (!ending) {
      process.stderr.write('\nEnding what was started; a moment\n');
    }
    end()
      .catch(tell)
      .finally(() => process.exit(INTERRUPTED));
  };
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', interrupted);
  process.on('SIGHUP', interrupted);
  work(each => {
    ends.push(each);
  })
    .catch(error => {
      // After a signal, what was running fails for want of its servers.
      if (!ending) {
        tell(error);
      }
      return 1;
    })
    .then(async code => {
      if (!ending) {
        await end();
        process.exit(code);
      }
    })
    .catch(error => {
      tell(error);
      process.exit(1);
    });
}

/** One that fails does not keep the others from being undone. */
async function undoAll(ends: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const end of [...ends].reverse()) {
    try {
      await end();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    throw new AggregateError(failures, 'Not everything was undone.');
  }
}
