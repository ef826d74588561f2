import { AuditEvent } from 'backstage-plugin-database-ops-common';
import { EXIT, ExitCode } from '../exitCodes';
import { formatTime } from '../output/format';
import { Column, formatTable } from '../output/table';
import { CommandContext, print } from './context';

const COLUMNS: readonly Column<AuditEvent>[] = [
  { title: 'AT', value: row => formatTime(row.at) },
  { title: 'WHO', value: row => row.actor },
  { title: 'DATABASE', value: row => row.databaseId ?? '' },
  { title: 'OUTCOME', value: row => row.outcome },
  { title: 'WHAT', value: row => row.sentence },
];

/** Audit events newest first; with `verify`, whether their chain holds. */
export async function audit(
  context: CommandContext,
  options: {
    readonly database?: string;
    readonly text?: string;
    readonly verify?: boolean;
  },
): Promise<ExitCode> {
  const portal = await context.portal();
  if (options.verify) {
    const chain = await portal.auditChain();
    print(context, chain, () => [
      chain.verified
        ? `The chain of ${chain.events} events holds.`
        : `The chain is broken at event ${chain.firstBadSeq}: ${chain.reason}`,
    ]);
    return chain.verified ? EXIT.ok : EXIT.error;
  }
  const { items } = await portal.auditEvents({
    databaseId: options.database,
    text: options.text,
    limit: 50,
  });
  print(context, items, () => formatTable(COLUMNS, items));
  return EXIT.ok;
}
