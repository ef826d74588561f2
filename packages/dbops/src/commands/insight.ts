import {
  QueryResult,
  Session,
  Statement,
} from 'backstage-plugin-database-ops-common';
import { UsageError } from '../errors';
import { EXIT, ExitCode } from '../exitCodes';
import { Column, formatTable } from '../output/table';
import { CommandContext, print } from './context';

/** A line of a terminal; `--output json` has all of it. */
const TEXT_CHARACTERS = 100;

const STATEMENTS: readonly Column<Statement>[] = [
  { title: 'TOTAL', value: row => milliseconds(row.totalMilliseconds) },
  { title: 'SHARE', value: row => `${row.sharePercent.toFixed(1)} %` },
  { title: 'CALLS', value: row => String(row.calls) },
  { title: 'MEAN', value: row => milliseconds(row.meanMilliseconds) },
  { title: 'ROWS', value: row => String(row.rows) },
  { title: 'USER', value: row => row.username ?? '' },
  { title: 'STATEMENT', value: row => shortened(row.text) },
];

const SESSIONS: readonly Column<Session>[] = [
  { title: 'SESSION', value: row => row.sessionId },
  { title: 'USER', value: row => row.username },
  { title: 'APPLICATION', value: row => row.application },
  { title: 'STATE', value: row => row.state },
  { title: 'FOR', value: row => milliseconds(row.seconds * 1000) },
  { title: 'WAITS FOR', value: row => row.blockedBy.join(', ') },
  { title: 'STATEMENT', value: row => shortened(row.text ?? '') },
];

function milliseconds(value: number): string {
  return value < 1000
    ? `${value.toFixed(1)} ms`
    : `${(value / 1000).toFixed(1)} s`;
}

function shortened(text: string): string {
  return text.length > TEXT_CHARACTERS
    ? `${text.slice(0, TEXT_CHARACTERS)} …`
    : text;
}

/** Statements by total time. */
export async function statements(
  context: CommandContext,
  databaseId: string,
  options: { readonly limit?: string },
): Promise<ExitCode> {
  const limit = Number(options.limit ?? 20);
  if (!Number.isInteger(limit) || limit < 1) {
    throw new UsageError(
      `--limit is a number of statements, not '${options.limit}'.`,
    );
  }
  const portal = await context.portal();
  const list = await portal.statements(databaseId, limit);
  print(context, list, () => [
    list.sentence,
    ...(list.items.length > 0 ? formatTable(STATEMENTS, list.items) : []),
  ]);
  return list.state === 'available' ? EXIT.ok : EXIT.unknown;
}

/** What runs now, and who waits for whom. */
export async function sessions(
  context: CommandContext,
  databaseId: string,
): Promise<ExitCode> {
  const portal = await context.portal();
  const list = await portal.sessions(databaseId);
  print(context, list, () => [
    list.sentence,
    ...(list.items.length > 0 ? formatTable(SESSIONS, list.items) : []),
  ]);
  return list.state === 'available' ? EXIT.ok : EXIT.unknown;
}

/** Cancels what a session runs. */
export async function cancelSession(
  context: CommandContext,
  databaseId: string,
  sessionId: string,
  options: { readonly reason?: string },
): Promise<ExitCode> {
  if (!options.reason) {
    throw new UsageError('Say with --reason why it is to be cancelled.');
  }
  const portal = await context.portal();
  const cancelled = await portal.cancelSession(databaseId, sessionId, {
    reason: options.reason,
  });
  print(context, cancelled, () => [cancelled.sentence]);
  return cancelled.outcome === 'cancelled' ? EXIT.ok : EXIT.operationFailed;
}

/** One read-only statement on a paused restored copy. */
export async function query(
  context: CommandContext,
  restoredInstanceId: string,
  statement: string,
): Promise<ExitCode> {
  const portal = await context.portal();
  const result = await portal.queryRestoredInstance(
    restoredInstanceId,
    statement,
  );
  print(context, result, () => [
    ...(result.rows.length > 0
      ? formatTable(columnsOf(result), result.rows)
      : []),
    result.sentence,
  ]);
  return EXIT.ok;
}

function columnsOf({
  columns,
}: QueryResult): readonly Column<readonly (string | null)[]>[] {
  return columns.map(({ name }, index) => ({
    title: name,
    value: row => row[index] ?? '(null)',
  }));
}
