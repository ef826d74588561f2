import { Database } from 'backstage-plugin-database-ops-common';
import { DateTime } from 'luxon';
import { ExitCode, exitCodeOf } from '../exitCodes';
import { formatAge } from '../output/format';
import { Column, formatTable } from '../output/table';
import { CommandContext, print } from './context';

function columns(
  now: DateTime,
  items: readonly Database[],
): Column<Database>[] {
  return [
    { title: 'DATABASE', value: row => row.id },
    { title: 'ENGINE', value: row => row.engineVersion ?? row.engine },
    { title: 'STATUS', value: row => row.status },
    { title: 'SINCE', value: row => formatAge(row.since, now) },
    { title: 'FRESHNESS', value: row => row.freshness.state },
    {
      title: 'BACKUP',
      value: row => formatAge(row.freshness.lastBackupAt, now),
    },
    ...(items.some(({ repositoryIds }) => repositoryIds)
      ? [
          {
            title: 'REPOSITORIES',
            value: ({ repositoryId, repositoryIds }: Database) =>
              (repositoryIds ?? [repositoryId ?? '']).join(', '),
          },
        ]
      : []),
    { title: 'OWNER', value: row => row.owner ?? '' },
    { title: 'WHY', value: row => row.sentence },
  ];
}

/** One line a database, worst first. */
export async function status(context: CommandContext): Promise<ExitCode> {
  const portal = await context.portal();
  const { items } = await portal.databases();
  print(context, items, () =>
    formatTable(columns(DateTime.utc(), items), items),
  );
  return exitCodeOf(items.map(item => item.status));
}
