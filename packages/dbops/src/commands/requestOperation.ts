import { randomUUID } from 'node:crypto';
import { OperationRequest } from 'backstage-plugin-database-ops-common';
import { EXIT, ExitCode } from '../exitCodes';
import { CommandContext, print } from './context';
import { followOperation } from './followOperation';

/** Requests an operation, and waits for its end if asked. */
export async function requestOperation(
  context: CommandContext,
  request: OperationRequest,
  options: { readonly wait?: boolean },
): Promise<ExitCode> {
  const portal = await context.portal();
  const operation = await portal.createOperation(request, randomUUID());
  if (options.wait) {
    context.terminal.err(
      `${operation.kind} of ${operation.databaseId} is operation ${operation.id}; it goes on when you leave with Ctrl-C.`,
    );
    return followOperation(context, portal, operation.id);
  }
  print(context, operation, () => [
    `${operation.kind} of ${operation.databaseId} is ${operation.state}; follow it with: dbops operations ${operation.id} --follow`,
  ]);
  return EXIT.ok;
}
