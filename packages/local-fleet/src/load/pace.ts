import { setTimeout as delay } from 'node:timers/promises';
import { FleetLoadOptions, FleetLoadResult } from '../framework/types';

/** What one tick of a load writes; the canary is the write whose arrival a restore can be judged by. */
export interface PacedWriter {
  /** Writes `count` ordinary entries, starting at that number. */
  write(firstNumber: number, count: number): Promise<void>;
  /** Writes one canary: its number and the moment it was written. */
  canary(number: number, writtenAt: Date): Promise<void>;
}

const TICKS_PER_SECOND = 10;
/** A load that never succeeds ends with its reason instead of counting errors for ever. */
const ERRORS_IN_A_ROW_LIMIT = 300;

/** Calls the writer at a steady rate until the signal aborts: one canary a second, a failed tick is counted and the next one tried. */
export async function paceWrites(
  options: FleetLoadOptions,
  writer: PacedWriter,
): Promise<FleetLoadResult> {
  const startedAt = Date.now();
  let writes = 0;
  let canaries = 0;
  let errors = 0;
  let errorsInARow = 0;
  while (!options.signal.aborted) {
    const elapsedSeconds = (Date.now() - startedAt) / 1000;
    const due = Math.floor(elapsedSeconds * options.ratePerSecond);
    // After a stall the rate goes on; it does not catch up in one burst.
    const count = Math.min(
      Math.max(due - writes, 0),
      Math.ceil(options.ratePerSecond),
    );
    try {
      if (count > 0) {
        await writer.write(writes, count);
        writes += count;
      }
      if (canaries <= elapsedSeconds) {
        await writer.canary(canaries, new Date());
        canaries += 1;
        options.onProgress?.(writes);
      }
      errorsInARow = 0;
    } catch (error) {
      errors += 1;
      errorsInARow += 1;
      if (errorsInARow >= ERRORS_IN_A_ROW_LIMIT) {
        throw error;
      }
    }
    await delay(1000 / TICKS_PER_SECOND);
  }
  return { writes, canaries, errors };
}
