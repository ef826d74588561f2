import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { z } from 'zod';

const POLL_MILLISECONDS = 500;
/** The last percent is kept for reading the backup back. */
const HIGHEST_PERCENT = 98;

const lockSchema = z.object({ pctCplt: z.number().optional() });

/**
 * Follows a backup by pgBackRest's lock file, the only place where version
 * 2.45 tells how far it is (in hundredths of a percent).
 */
export class BackupProgress {
  readonly #stop = new AbortController();
  readonly #following: Promise<void>;

  static start(options: {
    readonly lockFolder: string;
    readonly stanza: string;
    readonly logger: LoggerService;
    readonly onPercent: (percent: number) => void;
  }): BackupProgress {
    return new BackupProgress(options);
  }

  private constructor(options: Parameters<typeof BackupProgress.start>[0]) {
    this.#following = this.#follow(options);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#following;
  }

  async #follow({
    lockFolder,
    stanza,
    logger,
    onPercent,
  }: Parameters<typeof BackupProgress.start>[0]): Promise<void> {
    const file = join(lockFolder, `${stanza}-backup.lock`);
    let last = 0;
    while (!this.#stop.signal.aborted) {
      try {
        const percent = percentOf(await readFile(file, 'utf8'));
        if (percent !== undefined && percent > last) {
          last = percent;
          onPercent(Math.min(percent, HIGHEST_PERCENT));
        }
      } catch (error) {
        // Absent before it begins and after it ended; half written for a moment.
        logger.debug(`No progress in ${file}: ${toError(error).message}`);
      }
      await pause(POLL_MILLISECONDS, this.#stop.signal);
    }
  }
}

export function percentOf(lock: string): number | undefined {
  const text = lock.replace(/\0/g, '').trim();
  if (!text.startsWith('{')) {
    return undefined;
  }
  const { pctCplt } = lockSchema.parse(JSON.parse(text));
  return pctCplt === undefined ? undefined : pctCplt / 100;
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
  }
}
