import {
  isFinalOperationState,
  Operation,
} from 'backstage-plugin-database-ops-common';
import { EXIT, ExitCode } from '../exitCodes';
import { formatTime } from '../output/format';
import { Column, formatTable } from '../output/table';
import { CommandContext, print } from './context';
import { followOperation } from './followOperation';

const COLUMNS: readonly Column<Operation>[] = [
  { title: 'OPERATION', value: row => row.id },
  { title: 'KIND', value: row => row.kind },
  { title: 'DATABASE', value: row => row.databaseId },
  { title: 'STATE', value: row => row.state },
  { title: 'REQUESTED', value: row => formatTime(row.requestedAt) },
  { title: 'BY', value: row => row.requestedBy },
  { title: 'CAUSE', value: row => row.failure?.cause ?? '' },
];

/** One operation in words. */
export function operationLines(operation: Operation): string[] {
  const { failure, progress } = operation;
  return [
    `${operation.kind} of ${operation.databaseId} ${operation.state} (${operation.id})`,
    `  requested by ${operation.requestedBy} at ${formatTime(operation.requestedAt)}`,
    ...(operation.startedAt
      ? [
          `  started ${formatTime(operation.startedAt)}${
            operation.endedAt ? `, ended ${formatTime(operation.endedAt)}` : ''
          }`,
        ]
      : []),
    ...(progress?.step && !isFinalOperationState(operation.state)
      ? [`  now: ${progress.step}`]
      : []),
    ...(failure
      ? [`  cause: ${failure.cause}`, `  next step: ${failure.nextStep}`]
      : []),
  ];
}

/** Operations newest first, or one of them, followed to its end if asked. */
export async function operations(
  context: CommandContext,
  operationId: string | undefined,
  options: { readonly follow?: boolean; readonly database?: string },
): Promise<ExitCode> {
  const portal = await context.portal();
  if (!operationId) {
    const { items } = await portal.operations({
      databaseId: options.database,
      limit: 20,
    });
    print(context, items, () => formatTable(COLUMNS, items));
    return EXIT.ok;
  }
  if (options.follow) {
    return followOperation(context, portal, operationId);
  }
  const operation = await portal.operation(operationId);
  print(context, operation, () => operationLines(operation));
  return isFinalOperationState(operation.state) &&
    operation.state !== 'succeeded'
    ? EXIT.operationFailed
    : EXIT.ok;
}

export async function cancel(
  context: CommandContext,
  operationId: string,
): Promise<ExitCode> {
  const portal = await context.portal();
  const operation = await portal.cancelOperation(operationId);
  print(context, operation, () => operationLines(operation));
  return EXIT.ok;
}
