import { RetentionEntry } from 'backstage-plugin-database-ops-common';
import { UsageError } from '../errors';
import { EXIT, ExitCode } from '../exitCodes';
import { formatBytes, formatTime } from '../output/format';
import { Column, formatTable } from '../output/table';
import { inRepository } from './backup';
import { CommandContext, print } from './context';
import { requestOperation } from './requestOperation';

const COLUMNS: readonly Column<RetentionEntry>[] = [
  { title: 'BACKUP', value: row => row.backupId },
  { title: 'TYPE', value: row => row.type },
  { title: 'STOPPED', value: row => formatTime(row.stoppedAt) },
  { title: 'SIZE', value: row => formatBytes(row.repositorySizeBytes) },
  { title: '', value: row => (row.keep ? 'kept' : 'REMOVED') },
  { title: 'WHY', value: row => row.reasons.join('; ') },
];

/** What retention would keep and remove now; changes nothing. */
export async function retention(
  context: CommandContext,
  databaseId: string,
  options: { readonly repository?: string },
): Promise<ExitCode> {
  const portal = await context.portal();
  const preview = await portal.retentionPreview(databaseId, options.repository);
  print(context, preview, () => [
    ...(preview.repositoryId ? [`Repository '${preview.repositoryId}':`] : []),
    preview.promise,
    preview.sentence,
    ...(preview.entries.length > 0
      ? formatTable(COLUMNS, preview.entries)
      : []),
    ...(preview.logsSentence ? [preview.logsSentence] : []),
  ]);
  return EXIT.ok;
}

/** Removes what the preview says now, in one repository. */
export async function expire(
  context: CommandContext,
  databaseId: string,
  options: { readonly repository?: string; readonly wait?: boolean },
): Promise<ExitCode> {
  const portal = await context.portal();
  const { planHash, sentence } = await portal.retentionPreview(
    databaseId,
    options.repository,
  );
  context.terminal.err(sentence);
  return requestOperation(
    context,
    {
      databaseId,
      kind: 'expire',
      parameters: {
        ...(planHash ? { planHash } : {}),
        ...inRepository(options),
      },
    },
    options,
  );
}

/** Keeps a backup and the chain it needs, whatever retention says. */
export async function pin(
  context: CommandContext,
  databaseId: string,
  backupId: string,
  options: {
    readonly reason?: string;
    readonly until?: string;
    readonly legalHold?: boolean;
  },
): Promise<ExitCode> {
  if (!options.reason) {
    throw new UsageError('Say with --reason why the backup is to be kept.');
  }
  const portal = await context.portal();
  const made = await portal.createPin(databaseId, {
    backupId,
    reason: options.reason,
    until: options.until,
    legalHold: options.legalHold,
  });
  print(context, made, () => [
    `${backupId} is kept ${made.until ? `until ${formatTime(made.until)}` : 'without end'}; pin ${made.id}.`,
  ]);
  return EXIT.ok;
}

/** Ends a pin. */
export async function unpin(
  context: CommandContext,
  databaseId: string,
  pinId: string,
): Promise<ExitCode> {
  const portal = await context.portal();
  const ended = await portal.deletePin(databaseId, pinId);
  print(context, ended, () => [
    `${ended.backupId} is no longer kept by pin ${ended.id}.`,
  ]);
  return EXIT.ok;
}
