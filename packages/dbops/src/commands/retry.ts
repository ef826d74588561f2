import { randomUUID } from 'node:crypto';
import { EXIT, ExitCode } from '../exitCodes';
import { CommandContext, print } from './context';
import { followOperation } from './followOperation';
import { operationLines } from './operations';

/** Requests what failed again, as a new operation that links to it. */
export async function retry(
  context: CommandContext,
  operationId: string,
  options: {
    readonly confirm?: string;
    readonly reason?: string;
    readonly wait?: boolean;
  },
): Promise<ExitCode> {
  const portal = await context.portal();
  const operation = await portal.retryOperation(
    operationId,
    { confirmation: options.confirm, reason: options.reason },
    randomUUID(),
  );
  if (options.wait) {
    return followOperation(context, portal, operation.id);
  }
  print(context, operation, () => operationLines(operation));
  return EXIT.ok;
}
