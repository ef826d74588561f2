import { MaintenanceItem } from 'backstage-plugin-database-ops-common';
import { EXIT, ExitCode } from '../exitCodes';
import { formatBytes } from '../output/format';
import { Column, formatTable } from '../output/table';
import { CommandContext, print } from './context';
import { requestOperation } from './requestOperation';

const COLUMNS: readonly Column<MaintenanceItem>[] = [
  { title: '', value: row => (row.suggested ? 'suggested' : '') },
  { title: 'OBJECT', value: row => row.object },
  { title: 'SIZE', value: row => formatBytes(row.sizeBytes) },
  { title: 'WHY', value: row => row.reason },
  { title: 'COMMAND', value: row => row.command },
];

/**
 * Shows what maintenance would do; with `--run` does it to the named objects,
 * or to those that it suggests.
 */
export async function maintain(
  context: CommandContext,
  databaseId: string,
  action: string,
  options: {
    readonly run?: boolean;
    readonly object: readonly string[];
    readonly wait?: boolean;
  },
): Promise<ExitCode> {
  if (options.run) {
    return requestOperation(
      context,
      {
        databaseId,
        kind: 'maintain',
        parameters: {
          action,
          ...(options.object.length > 0 && { objects: [...options.object] }),
        },
      },
      options,
    );
  }
  const portal = await context.portal();
  const preview = await portal.maintenancePreview(databaseId, action);
  print(context, preview, () => [
    preview.sentence,
    ...(preview.items.length > 0 ? formatTable(COLUMNS, preview.items) : []),
  ]);
  return EXIT.ok;
}
