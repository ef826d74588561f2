import { Backup } from 'backstage-plugin-database-ops-common';
import { UsageError } from '../errors';
import { EXIT, ExitCode } from '../exitCodes';
import { formatBytes, formatTime } from '../output/format';
import { Column, formatTable } from '../output/table';
import { CommandContext, print } from './context';
import { requestOperation } from './requestOperation';

/** The parameter that names one of several repositories. */
export function inRepository({
  repository,
}: {
  readonly repository?: string;
}): { readonly repositoryId?: string } {
  return repository ? { repositoryId: repository } : {};
}

const COLUMNS: readonly Column<Backup>[] = [
  { title: 'BACKUP', value: row => row.id },
  { title: 'TYPE', value: row => row.type },
  { title: 'STATE', value: row => row.state },
  { title: 'STOPPED', value: row => formatTime(row.stoppedAt) },
  { title: 'SIZE', value: row => formatBytes(row.sizeBytes) },
  {
    title: 'IN REPOSITORY',
    value: row => formatBytes(row.repositorySizeBytes),
  },
  { title: 'REPOSITORY', value: row => row.repositoryId ?? '' },
  { title: 'BY', value: row => row.requestedBy ?? '' },
];

/** Takes a backup of a type that the database's engine offers. */
export async function backup(
  context: CommandContext,
  databaseId: string,
  options: {
    readonly type?: string;
    readonly repository?: string;
    readonly wait?: boolean;
  },
): Promise<ExitCode> {
  const portal = await context.portal();
  const { capabilities, engine } = await portal.database(databaseId);
  const types = capabilities?.backupTypes.map(type => type.id) ?? [];
  const type = options.type ?? types[0];
  if (!type || !types.includes(type)) {
    throw new UsageError(
      types.length
        ? `${databaseId} has backups of type ${types.join(', ')}, not '${type}'.`
        : `${databaseId} is ${engine}, whose engine takes no backups yet.`,
    );
  }
  return requestOperation(
    context,
    {
      databaseId,
      kind: 'backup',
      parameters: { type, ...inRepository(options) },
    },
    options,
  );
}

/** Backups newest first, as the repository's inventory states them. */
export async function backups(
  context: CommandContext,
  databaseId: string,
): Promise<ExitCode> {
  const portal = await context.portal();
  const list = await portal.backups(databaseId);
  print(context, list, () => [
    ...formatTable(COLUMNS, list.items),
    list.inventoryObservedAt
      ? `The repository was read at ${formatTime(list.inventoryObservedAt)}.`
      : `The repository of ${databaseId} has not been read yet.`,
  ]);
  return EXIT.ok;
}
