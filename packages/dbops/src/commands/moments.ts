import { RecoveryInterval } from 'backstage-plugin-database-ops-common';
import { EXIT, ExitCode } from '../exitCodes';
import { formatBytes, formatSeconds, formatTime } from '../output/format';
import { Column, formatTable } from '../output/table';
import { CommandContext, print } from './context';
import { requestOperation } from './requestOperation';

/** Whether a moment can be restored, from what, and how long that would take. */
export async function reachable(
  context: CommandContext,
  databaseId: string,
  options: { readonly time?: string; readonly lsn?: string },
): Promise<ExitCode> {
  const portal = await context.portal();
  const found = await portal.reachability(databaseId, options);
  print(context, found, () => [
    found.sentence,
    ...(found.backupId ? [`  from backup ${found.backupId}`] : []),
    ...(found.repositorySentence ? [`  ${found.repositorySentence}`] : []),
    ...(found.replayBytes === undefined
      ? []
      : [`  replaying ${formatBytes(found.replayBytes)} of log`]),
    ...(found.estimatedSeconds === undefined
      ? []
      : [`  in about ${formatSeconds(found.estimatedSeconds)}`]),
    ...(found.nearest ?? []).map(
      moment => `  nearest that can: ${formatTime(moment.time)}`,
    ),
  ]);
  return found.reachable ? EXIT.ok : EXIT.error;
}

const INTERVALS: readonly Column<RecoveryInterval>[] = [
  { title: 'FROM', value: row => formatTime(row.from.time) },
  { title: 'TO', value: row => formatTime(row.to.time) },
  { title: 'IS', value: row => row.kind },
  {
    title: 'TIMELINE',
    value: row => (row.timeline === undefined ? '' : String(row.timeline)),
  },
  {
    title: 'REPOSITORY',
    value: row =>
      row.repositoryUnreachable
        ? `${row.repositoryId} (does not answer)`
        : (row.repositoryId ?? ''),
  },
  { title: 'WHY', value: row => row.reason ?? '' },
];

/** What can be restored: each stretch of time with the repository that holds it. */
export async function window(
  context: CommandContext,
  databaseId: string,
): Promise<ExitCode> {
  const portal = await context.portal();
  const found = await portal.recoveryWindow(databaseId);
  print(context, found, () => [
    found.sentence,
    ...(found.intervals.length > 0
      ? formatTable(INTERVALS, found.intervals)
      : []),
  ]);
  return EXIT.ok;
}

function momentOf({
  time,
  lsn,
}: {
  readonly time?: string;
  readonly lsn?: string;
}) {
  if (lsn) {
    return { kind: 'lsn', lsn };
  }
  return time ? { kind: 'time', time } : { kind: 'latest' };
}

/** Moves a paused restored instance to a later moment. */
export async function advance(
  context: CommandContext,
  restoredInstanceId: string,
  options: {
    readonly time?: string;
    readonly lsn?: string;
    readonly wait?: boolean;
  },
): Promise<ExitCode> {
  const portal = await context.portal();
  const { databaseId } = await portal.restoredInstance(restoredInstanceId);
  return requestOperation(
    context,
    {
      databaseId,
      kind: 'advance',
      parameters: {
        restoredInstanceId,
        ...momentOf(options),
      },
    },
    options,
  );
}

/** Makes a database of its own of a restored instance. */
export async function promote(
  context: CommandContext,
  restoredInstanceId: string,
  options: { readonly confirm?: string; readonly wait?: boolean },
): Promise<ExitCode> {
  const portal = await context.portal();
  const { databaseId } = await portal.restoredInstance(restoredInstanceId);
  return requestOperation(
    context,
    {
      databaseId,
      kind: 'promote',
      confirmation: options.confirm,
      parameters: { restoredInstanceId },
    },
    options,
  );
}
