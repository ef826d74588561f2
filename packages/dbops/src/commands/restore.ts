import { RestoredInstance } from 'backstage-plugin-database-ops-common';
import { UsageError } from '../errors';
import { EXIT, ExitCode } from '../exitCodes';
import { formatTime } from '../output/format';
import { Column, formatTable } from '../output/table';
import { CommandContext, print } from './context';
import { inRepository } from './backup';
import { requestOperation } from './requestOperation';

export interface RestoreOptions {
  readonly backup?: string;
  readonly latest?: boolean;
  readonly time?: string;
  readonly lsn?: string;
  readonly repository?: string;
  readonly open?: boolean;
  readonly inPlace?: boolean;
  readonly confirm?: string;
  readonly expiresAfter?: string;
  readonly wait?: boolean;
}

const COLUMNS: readonly Column<RestoredInstance>[] = [
  { title: 'RESTORED INSTANCE', value: row => row.id },
  { title: 'MODE', value: row => row.mode ?? 'new-place' },
  { title: 'STATE', value: row => row.state },
  { title: 'FROM', value: row => row.backupId ?? '' },
  { title: 'REPOSITORY', value: row => row.repositoryId ?? '' },
  { title: 'EXPIRES', value: row => formatTime(row.expiresAt) },
  { title: 'CONNECT', value: row => row.connection?.command ?? '' },
];

/** Restores to a new place, or onto the source when that is said. */
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
      options.inPlace
        ? `This replaces the data of '${databaseId}' itself; confirm it by typing the database's name: --confirm ${databaseId}`
        : `A restore must be confirmed by typing the database's name: --confirm ${databaseId}`,
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
        ...inRepository(options),
        ...(options.inPlace && { mode: 'in-place' }),
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
  options: { readonly confirm?: string; readonly wait?: boolean },
): Promise<ExitCode> {
  const portal = await context.portal();
  const { databaseId, mode, connection } =
    await portal.restoredInstance(restoredInstanceId);
  if (mode === 'in-place' && options.confirm !== databaseId) {
    throw new UsageError(
      `${restoredInstanceId} took the place of its source: this puts the source back, and what was written${connection?.host ? ` to ${connection.host}` : ''} since is not in it. Confirm it by typing the database's name: --confirm ${databaseId}`,
    );
  }
  return requestOperation(
    context,
    {
      databaseId,
      kind: 'discard',
      confirmation: options.confirm,
      parameters: { restoredInstanceId },
    },
    options,
  );
}
