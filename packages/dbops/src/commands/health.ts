import { HealthReport, Signal } from 'backstage-plugin-database-ops-common';
import { DateTime } from 'luxon';
import { ExitCode, exitCodeOf } from '../exitCodes';
import { formatAge } from '../output/format';
import { Column, formatTable } from '../output/table';
import { CommandContext, print } from './context';

const COLUMNS: readonly Column<Signal>[] = [
  { title: '  SIGNAL', value: row => `  ${row.title}` },
  { title: 'STATUS', value: row => row.status },
  { title: 'FOUND', value: row => row.sentence },
  { title: 'LIMIT', value: row => row.threshold ?? '' },
];

function lines(report: HealthReport, now: DateTime): string[] {
  return [
    `${report.databaseId}: ${report.status}${
      report.since ? ` for ${formatAge(report.since, now)}` : ''
    }, checked ${formatAge(report.observedAt, now)} ago`,
    `  ${report.sentence}`,
    ...formatTable(COLUMNS, report.signals),
    '',
  ];
}

/** Every signal of one database, or of all. */
export async function health(
  context: CommandContext,
  databaseId: string | undefined,
): Promise<ExitCode> {
  const portal = await context.portal();
  const ids = databaseId
    ? [databaseId]
    : (await portal.databases()).items.map(item => item.id);
  const reports = await Promise.all(ids.map(id => portal.health(id)));
  const now = DateTime.utc();
  print(context, databaseId ? reports[0] : reports, () =>
    reports.flatMap(report => lines(report, now)),
  );
  return exitCodeOf(reports.map(report => report.status));
}
