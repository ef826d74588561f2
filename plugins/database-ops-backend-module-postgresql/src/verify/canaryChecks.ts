import { ProofCheck } from 'backstage-plugin-database-ops-common';
import { OperateTarget } from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { withRestoredClient } from '../restore/restoredClient';
import { ScratchSession } from './contentChecks';

const QUERY_SECONDS = 60;

/** The rows by whose median gap the rhythm is judged: a pause of the portal among them moves it little. */
const RHYTHM_ROWS = 21;
/** A health check that comes a little early leaves its turn to the next. */
const DUE_TURNS = 2;

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
    sentence: `The newest of ${rows.length} canaries was written ${Math.round(seconds)} s before the drill began; no number is missing between them.`,
    value: seconds,
    unit: 's',
  };
}

/**
 * That a copy of a moment holds the canaries up to it and none after: no number
 * missing between two others, and the newest not longer before the moment than
 * two turns. Canaries less than a second from the moment may be on either side:
 * a row's time is taken a little before its commit.
 *
 * @param intervalSeconds - how often canaries are written at most; absent where no canary is configured
 */
export function momentCanaryCheck(
  { rows, absence }: Canaries,
  moment: Date,
  intervalSeconds: number | undefined,
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
  const gapSeconds = Math.max(
    0,
    (moment.getTime() - newest.writtenAt.getTime()) / 1000,
  );
  const measured = { ...facts, value: gapSeconds, unit: 's' };
  const gap = Math.round(gapSeconds);
  const dueSeconds = rhythmSeconds(rows, intervalSeconds);
  if (dueSeconds === undefined) {
    return {
      ...measured,
      status: 'skipped',
      sentence: `The newest of ${rows.length} canaries was written ${gap} s before the moment ${moment.toISOString()}; how often one was due then is not known.`,
    };
  }
  const due = `one is due every ${Math.round(dueSeconds)} s`;
  if (gapSeconds > DUE_TURNS * dueSeconds) {
    // The copy alone cannot tell a portal that did not write from a loss.
    return {
      ...measured,
      status: 'skipped',
      sentence: `The newest of ${rows.length} canaries was written ${gap} s before the moment ${moment.toISOString()}, though ${due} (up to ${Math.round(DUE_TURNS * dueSeconds)} s are taken for a late one): later ones were lost or never written, which the copy cannot tell. Choose a moment at which canaries were written.`,
    };
  }
  return {
    ...measured,
    status: 'passed',
    sentence: `Canaries ${rows[0].seq} to ${newest.seq} are there up to ${moment.toISOString()}, no number missing between them and none after the moment; the newest was written ${gap} s before it, and ${due}.`,
  };
}

/**
 * How often a canary was due, by the rows themselves: health checks write them,
 * so never more often than configured, and less often where checks are rarer.
 */
function rhythmSeconds(
  rows: readonly CanaryRow[],
  intervalSeconds: number | undefined,
): number | undefined {
  const latest = rows.slice(-RHYTHM_ROWS);
  const gaps = latest
    .slice(1)
    .map(
      ({ writtenAt }, index) =>
        (writtenAt.getTime() - latest[index].writtenAt.getTime()) / 1000,
    )
    .sort((one, other) => one - other);
  const median = gaps[Math.floor(gaps.length / 2)];
  const known = [median, intervalSeconds].filter(
    seconds => seconds !== undefined,
  );
  return known.length > 0 ? Math.max(...known) : undefined;
}

/** The first number that should stand between two others. */
function missingNumber(rows: readonly CanaryRow[]): number | undefined {
  const index = rows.findIndex(
    ({ seq }, position) => position > 0 && seq !== rows[position - 1].seq + 1,
  );
  return index < 0 ? undefined : rows[index - 1].seq + 1;
}
