import { MaintenanceMode } from 'backstage-plugin-database-ops-common';
import { DateTime, Duration } from 'luxon';
import { UsageError } from '../errors';
import { EXIT, ExitCode } from '../exitCodes';
import { formatTime } from '../output/format';
import { Column, formatTable } from '../output/table';
import { CommandContext, print } from './context';

const COLUMNS: readonly Column<MaintenanceMode>[] = [
  { title: 'SCOPE', value: row => row.scope },
  { title: 'UNTIL', value: row => formatTime(row.until) },
  { title: 'BY', value: row => row.startedBy },
  { title: 'REASON', value: row => row.reason },
];

/** Which queues are paused. */
export async function listMaintenance(
  context: CommandContext,
): Promise<ExitCode> {
  const portal = await context.portal();
  const { items } = await portal.maintenanceModes();
  print(context, items, () =>
    items.length > 0 ? formatTable(COLUMNS, items) : ['No queue is paused.'],
  );
  return EXIT.ok;
}

/** Pauses the queue of a database, or of all of them with `global`. */
export async function pause(
  context: CommandContext,
  scope: string,
  options: { readonly reason: string; readonly duration: string },
): Promise<ExitCode> {
  const duration = Duration.fromISO(options.duration);
  if (!duration.isValid || duration.toMillis() <= 0) {
    throw new UsageError(
      `--for is an ISO 8601 duration such as PT2H, not '${options.duration}'.`,
    );
  }
  const portal = await context.portal();
  const mode = await portal.startMaintenance(scope, {
    reason: options.reason,
    until: DateTime.utc().plus(duration).toISO(),
  });
  print(context, mode, () => formatTable(COLUMNS, [mode]));
  return EXIT.ok;
}

/** Resumes a queue. */
export async function resume(
  context: CommandContext,
  scope: string,
): Promise<ExitCode> {
  const portal = await context.portal();
  const { items } = await portal.endMaintenance(scope);
  print(context, items, () => [
    `The queue of ${scope} goes on.`,
    ...(items.length > 0 ? formatTable(COLUMNS, items) : []),
  ]);
  return EXIT.ok;
}
