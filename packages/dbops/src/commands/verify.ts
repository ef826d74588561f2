import { Proof } from 'backstage-plugin-database-ops-common';
import { UsageError } from '../errors';
import { EXIT, ExitCode } from '../exitCodes';
import { formatSeconds, formatTime } from '../output/format';
import { Column, formatTable } from '../output/table';
import { CommandContext, print } from './context';
import { inRepository } from './backup';
import { requestOperation } from './requestOperation';

const COLUMNS: readonly Column<Proof>[] = [
  { title: 'ENDED', value: row => formatTime(row.endedAt) },
  { title: 'DEPTH', value: row => row.depth },
  { title: 'REPOSITORY', value: row => row.repositoryId ?? '' },
  { title: 'STATE', value: row => row.state },
  { title: 'RPO', value: row => formatSeconds(row.rpoSeconds) },
  { title: 'RTO', value: row => formatSeconds(row.rtoSeconds) },
  { title: 'WHAT', value: row => row.sentence },
];

/**
 * Has a database's backups verified. With `wait`, only a proof succeeds: a
 * verification that found damage was carried out well and proved nothing.
 */
export async function verify(
  context: CommandContext,
  databaseId: string,
  options: {
    readonly depth?: string;
    readonly repository?: string;
    readonly wait?: boolean;
  },
): Promise<ExitCode> {
  const portal = await context.portal();
  const { capabilities, engine } = await portal.database(databaseId);
  const depths = capabilities?.verificationDepths?.map(({ id }) => id) ?? [];
  const depth = options.depth ?? depths[0];
  if (!depth || !depths.includes(depth)) {
    throw new UsageError(
      depths.length
        ? `${databaseId} is verified at the depths ${depths.join(', ')}, not '${depth}'.`
        : `${databaseId} is ${engine}, whose engine verifies nothing yet.`,
    );
  }
  const requested = await requestOperation(
    context,
    {
      databaseId,
      kind: 'verify',
      parameters: { depth, ...inRepository(options) },
    },
    options,
  );
  if (!options.wait || requested !== EXIT.ok) {
    return requested;
  }
  const { items } = await portal.proofs(databaseId);
  const [newest] = items;
  context.terminal.err(newest.sentence);
  return newest.state === 'proved' ? EXIT.ok : EXIT.operationFailed;
}

/** What verifications established, newest first. */
export async function proofs(
  context: CommandContext,
  databaseId: string,
): Promise<ExitCode> {
  const portal = await context.portal();
  const { items } = await portal.proofs(databaseId);
  print(context, items, () =>
    items.length > 0
      ? formatTable(COLUMNS, items)
      : [`Nothing of ${databaseId} is proved yet: dbops verify ${databaseId}`],
  );
  return EXIT.ok;
}
