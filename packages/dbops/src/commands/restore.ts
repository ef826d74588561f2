import { RestoredInstance } from 'backstage-plugin-database-ops-common';
import { UsageError } from '../errors';
import { EXIT, ExitCode } from '../exitCodes';
import { formatTime } from '../output/format';
import { Column, formatTable } from '../output/table';
import { CommandContext, print } from './context';
import { requestOperation } from './requestOperation';

export interface RestoreOptions {
  readonly backup?: string;
  readonly latest?: boolean;
  readonly time?: string;
  readonly lsn?: string;
  readonly open?: boolean;
  readonly confirm?: string;
  readonly expiresAfter?: string;
  readonly wait?: boolean;
}

const COLUMNS: readonly Column<RestoredInstance>[] = [
  { title: 'RESTORED INSTANCE', value: row => row.id },
  { title: 'STATE', value: row => row.state },
  { title: 'FROM', value: row => row.backupId ?? '' },
  { title: 'EXPIRES', value: row => formatTime(row.expiresAt) },
  { title: 'CONNECT', value: row => row.connection?.command ?? '' },
];

/** Restores to a new place; the source is not touched. */
export async function restore(
  context: CommandContext,
  databaseId: string,
  options: RestoreOptions,
): Promise<ExitCode> {
  const moments = [
    ...(options.latest ? [{ kind: 'latest' }] : []),
    ...(options.backup ? [{ kind: 'backup', backupId: options.backup }] : []),
    ...(options.time ? [{ kind: 'time', time: options.time }] : []),
    ...(options.lsn ? [{ kind: 'lsn', lsn: options.lsn }] : []),
  ];
  if (moments.length !== 1) {
    throw new UsageError(
      `Say what to restore, once: --latest, --time, --lsn, or --backup with an id from: dbops backups ${databaseId}`,
    );
  }
  if (options.confirm !== databaseId) {
    throw new UsageError(
      `A restore must be confirmed by typing the database's name: --confirm ${databaseId}`,
    );
  }
  return requestOperation(
    context,
    {
      databaseId,
      kind: 'restore',
      confirmation: options.confirm,
      parameters: {
        ...moments[0],
        ...(options.open && { action: 'open' }),
        ...(options.expiresAfter && { expiresAfter: options.expiresAfter }),
      },
    },
    options,
  );
}

/** Restored instances of a database, newest first. */
export async function restoredInstances(
  context: CommandContext,
  databaseId: string,
): Promise<ExitCode> {
  const portal = await context.portal();
  const { items } = await portal.restoredInstances(databaseId);
  print(context, items, () => formatTable(COLUMNS, items));
  return EXIT.ok;
}

/** Ends a restored instance and removes everything that its restore made. */
export async function discard(
  context: CommandContext,
  restoredInstanceId: string,
  options: { readonly wait?: boolean },
): Promise<ExitCode> {
  const portal = await context.portal();
  const { databaseId } = await portal.restoredInstance(restoredInstanceId);
  return requestOperation(
    context,
    { databaseId, kind: 'discard', parameters: { restoredInstanceId } },
    options,
  );
}
