import { ProofCheck } from 'backstage-plugin-database-ops-common';
import { OperateTarget } from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { withRestoredClient } from '../restore/restoredClient';
import { ScratchSession } from './contentChecks';

const QUERY_SECONDS = 60;

const TABLE = `SELECT to_regclass('database_ops.canary') IS NOT NULL AS present`;

const ROWS = `
SELECT seq::float8 AS seq, to_char(written_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS written_at
FROM database_ops.canary ORDER BY seq`;

/** One heartbeat row as a copy holds it. */
export interface CanaryRow {
  readonly seq: number;
  readonly writtenAt: Date;
}

/** The canaries of a copy, oldest first; none, and why, where it has no table of them. */
export interface Canaries {
  readonly rows: readonly CanaryRow[];
  readonly absence?: string;
}

export async function readCanaries(
  session: ScratchSession,
  { database }: OperateTarget<PostgresqlConfig>,
): Promise<Canaries> {
  return withRestoredClient(
    {
      ...session,
      database: database.config.database,
      timeoutSeconds: QUERY_SECONDS,
    },
    async client => {
      const {
        rows: [{ present }],
      } = await client.query<{ present: boolean }>(TABLE);
      if (!present) {
        return {
          rows: [],
          absence: `database ${database.config.database} has no table database_ops.canary`,
        };
      }
      const { rows } = await client.query<{ seq: number; written_at: string }>(
        ROWS,
      );
      return {
        rows: rows.map(row => ({
          seq: row.seq,
          writtenAt: new Date(row.written_at),
        })),
        ...(rows.length === 0 ? { absence: 'it holds no canary yet' } : {}),
      };
    },
  );
}

/** That heartbeats came along, none missing in between; by the newest one the RPO is measured. */
export function latestCanaryCheck(
  { rows, absence }: Canaries,
  startedAt: Date,
): ProofCheck {
  const facts = { id: 'canary', title: 'Canaries' };
  const newest = rows.at(-1);
  if (!newest) {
    return {
      ...facts,
      status: 'skipped',
      sentence: `The RPO was not measured: ${absence}.`,
    };
  }
  const missing = missingNumber(rows);
  if (missing !== undefined) {
    return {
      ...facts,
      status: 'failed',
      sentence: `Canary ${missing} is missing between its neighbours.`,
    };
  }
  const seconds = Math.max(
    0,
    (startedAt.getTime() - newest.writtenAt.getTime()) / 1000,
  );
  return {
    ...facts,
    status: 'passed',
    sentence: `The newest of ${rows.length} canaries was written ${Math.round(seconds)} s before the drill began; none is missing.`,
    value: seconds,
    unit: 's',
  };
}

/**
 * That a copy of a moment holds every canary up to it and none after. Canaries
 * less than a second from the moment may be on either side: a row's time is
 * taken a little before its commit.
 *
 * @param intervalSeconds - how often canaries are written at least
 */
export function momentCanaryCheck(
  { rows, absence }: Canaries,
  moment: Date,
  intervalSeconds: number,
): ProofCheck {
  const facts = { id: 'canary', title: 'Canaries' };
  const newest = rows.at(-1);
  if (!newest) {
    return {
      ...facts,
      status: 'skipped',
      sentence: `Whether the moment was hit is not known: ${absence}.`,
    };
  }
  const missing = missingNumber(rows);
  const later = rows.find(
    ({ writtenAt }) => writtenAt.getTime() > moment.getTime() + 1_000,
  );
  const gapSeconds = (moment.getTime() - newest.writtenAt.getTime()) / 1000;
  const wrong = [
    ...(missing === undefined
      ? []
      : [`canary ${missing} is missing between its neighbours`]),
    ...(later
      ? [
          `canary ${later.seq} was written ${later.writtenAt.toISOString()}, after the moment`,
        ]
      : []),
  ];
  if (wrong.length > 0) {
    return { ...facts, status: 'failed', sentence: `${wrong.join('; ')}.` };
  }
  if (gapSeconds > 3 * intervalSeconds) {
    // Perhaps nobody wrote canaries then; the copy alone cannot tell that from a loss.
    return {
      ...facts,
      status: 'skipped',
      sentence: `The newest canary was written ${Math.round(gapSeconds)} s before the moment, though one is due every ${intervalSeconds} s: choose a moment at which canaries were written.`,
    };
  }
  return {
    ...facts,
    status: 'passed',
    sentence: `All ${rows.length} canaries up to ${moment.toISOString()} are there, and none after.`,
    value: gapSeconds,
    unit: 's',
  };
}

/** The first number that should stand between two others. */
function missingNumber(rows: readonly CanaryRow[]): number | undefined {
  const index = rows.findIndex(
    ({ seq }, position) => position > 0 && seq !== rows[position - 1].seq + 1,
  );
  return index < 0 ? undefined : rows[index - 1].seq + 1;
}
