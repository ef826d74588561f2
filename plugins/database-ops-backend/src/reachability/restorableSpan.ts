import { Backup } from 'backstage-plugin-database-ops-common';
import { Engine, Inventory } from 'backstage-plugin-database-ops-node';
import { DatabaseCatalog, isReady } from '../databases/types';

/** ISO 8601 UTC; both absent where nothing can be restored. */
export interface RestorableSpan {
  readonly from?: string;
  readonly to?: string;
}

/** A line of history, and when the database left it for the next one. */
interface Leg {
  readonly branch: string;
  readonly untilMs: number;
}

/**
 * The first and the newest moment that an inventory claims, the newest on the
 * line of history that the database is on: what another line goes on to
 * archive is not this database's. Ends of backups count where they can be
 * restored.
 */
export function restorableSpan(
  { describe }: Pick<Engine, 'describe'>,
  inventory: Inventory,
): RestorableSpan {
  const { databaseId } = inventory;
  const intervals = describe
    .recoveryWindow(databaseId, inventory)
    .intervals.filter(({ kind }) => kind !== 'gap');
  const isReachable = ({ id, state }: Backup) =>
    state === 'present' &&
    (!describe.resolve ||
      describe.resolve(databaseId, inventory, { kind: 'backup', backupId: id })
        .reachable);
  const backups = [...inventory.backups].sort(
    (a, b) => Date.parse(a.stoppedAt) - Date.parse(b.stoppedAt),
  );
  const legs = legsOf(inventory, [
    ...intervals.map(({ timeline }) => timeline),
    ...backups.map(({ from }) => from?.timeline),
  ]);
  /** As far as the database's own line has it. */
  const until = (time: string, timeline: number | undefined) => {
    const leg =
      timeline === undefined
        ? { untilMs: Infinity }
        : legs.find(({ branch }) => branch === String(timeline));
    return leg && Date.parse(time) > leg.untilMs
      ? new Date(leg.untilMs).toISOString()
      : leg && time;
  };
  const newest = backups
    .filter(
      ({ stoppedAt, from }) => until(stoppedAt, from?.timeline) === stoppedAt,
    )
    .findLast(isReachable);
  // What begins on a line after the database left it is not its history.
  const own = intervals.filter(
    ({ from, timeline }) => until(from.time, timeline) === from.time,
  );
  const ends = [
    ...own.map(({ to, timeline }) => until(to.time, timeline)),
    newest?.stoppedAt,
  ];
  const begins = [
    ...own.map(({ from }) => from.time),
    own.length > 0 || newest ? backups.find(isReachable)?.stoppedAt : undefined,
  ];
  return {
    from: inOrder(begins).at(0),
    to: inOrder(ends).at(-1),
  };
}

function inOrder(times: readonly (string | undefined)[]): readonly string[] {
  return times
    .flatMap(time => time ?? [])
    .sort((a, b) => Date.parse(a) - Date.parse(b));
}

/** From the line that the database is on, back to the first one. */
function legsOf(
  { branches = [], currentBranch }: Inventory,
  timelines: readonly (number | undefined)[],
): readonly Leg[] {
  const known = new Set([
    ...timelines.flatMap(timeline => timeline ?? []),
    ...branches.map(({ branch }) => Number(branch)),
  ]);
  // A line that has archived nothing yet leads nowhere: nobody knows where it began.
  const current =
    currentBranch !== undefined && known.has(Number(currentBranch))
      ? currentBranch
      : String(Math.max(-Infinity, ...known));
  const back = (leg: Leg, later: readonly Leg[]): readonly Leg[] => {
    const legs = [...later, leg];
    const left = branches.find(({ branch }) => branch === leg.branch);
    // A damaged history must not lead in circles.
    if (!left || legs.some(({ branch }) => branch === left.parent)) {
      return legs;
    }
    const atMs = left.at === undefined ? Infinity : Date.parse(left.at);
    const untilMs = Math.min(leg.untilMs, atMs);
    return back({ branch: left.parent, untilMs }, legs);
  };
  return back({ branch: current, untilMs: Infinity }, []);
}

/** Asks each database's own engine. */
export function restorableIn(
  databases: Pick<DatabaseCatalog, 'get'>,
): (inventory: Inventory) => RestorableSpan | undefined {
  return inventory => {
    const database = databases.get(inventory.databaseId);
    return database && isReady(database)
      ? restorableSpan(database.engine.engine, inventory)
      : undefined;
  };
}

/** What several repositories hold together; `undefined` while nobody found out of one of them. */
export function joinSpans(
  spans: readonly (RestorableSpan | undefined)[],
): RestorableSpan | undefined {
  const known = spans.flatMap(span => span ?? []);
  return known.length === 0 || known.length < spans.length
    ? undefined
    : {
        from: inOrder(known.map(({ from }) => from)).at(0),
        to: inOrder(known.map(({ to }) => to)).at(-1),
      };
}
