import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

const POLL_MILLISECONDS = 500;
/** Within the grace that a worker gives a verb. */
const CANCEL_SECONDS = 8;

/** Phases and shares as the server's progress views give them; only one of them has a row. */
const PROGRESS = `
SELECT phase, heap_blks_scanned::float8 AS done, heap_blks_total::float8 AS total
FROM pg_stat_progress_vacuum WHERE pid = $1
UNION ALL
SELECT phase, sample_blks_scanned::float8, sample_blks_total::float8
FROM pg_stat_progress_analyze WHERE pid = $1
UNION ALL
SELECT phase,
       CASE WHEN blocks_total > 0 THEN blocks_done ELSE tuples_done END::float8,
       CASE WHEN blocks_total > 0 THEN blocks_total ELSE tuples_total END::float8
FROM pg_stat_progress_create_index WHERE pid = $1`;

const STILL_RUNS = `
SELECT count(*)::int AS running FROM pg_stat_activity
WHERE pid = $1 AND state = 'active'`;

interface ProgressRow {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
}

/** How far a command is. */
interface CommandProgress {
  readonly phase: string;
  readonly share: number;
}

/**
 * Runs one command on a session and watches it from another of the same role.
 * When it is aborted, the server is told to cancel it, and nothing is given
 * back before the server process has ended it.
 */
export async function runCommand(options: {
  readonly worker: Client;
  readonly watcher: Client;
  readonly command: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: CommandProgress) => void;
}): Promise<void> {
  const { worker, watcher, command, signal, onProgress } = options;
  signal.throwIfAborted();
  const { rows } = await worker.query<{ pid: number }>(
    'SELECT pg_backend_pid() AS pid',
  );
  const [{ pid }] = rows;
  let over = false;
  const ended = worker
    .query(command)
    .then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
    .finally(() => {
      over = true;
    });
  try {
    while (!over && !signal.aborted) {
      await report(watcher, pid, onProgress);
      await Promise.race([ended, sleep(POLL_MILLISECONDS)]);
    }
  } finally {
    if (!over) {
      await end(watcher, pid, () => over);
    }
  }
  const failed = await ended;
  if (failed) {
    signal.throwIfAborted();
    throw failed.error;
  }
}

async function report(
  watcher: Client,
  pid: number,
  onProgress: (progress: CommandProgress) => void,
): Promise<void> {
  const { rows } = await watcher.query<ProgressRow>(PROGRESS, [pid]);
  const [row] = rows;
  if (row) {
    onProgress({
      phase: row.phase,
      share: row.total > 0 ? Math.min(1, row.done / row.total) : 0,
    });
  }
}

/** First by word, then with its session; a role may do both to its own. */
async function end(
  watcher: Client,
  pid: number,
  isOver: () => boolean,
): Promise<void> {
  const until = performance.now() + CANCEL_SECONDS * 1000;
  await watcher.query('SELECT pg_cancel_backend($1)', [pid]);
  while (!isOver() && performance.now() < until) {
    await sleep(POLL_MILLISECONDS / 5);
    const { rows } = await watcher.query<{ running: number }>(STILL_RUNS, [
      pid,
    ]);
    if (rows[0].running === 0) {
      return;
    }
  }
  if (!isOver()) {
    await watcher.query('SELECT pg_terminate_backend($1)', [pid]);
  }
}
