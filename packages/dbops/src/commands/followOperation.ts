import {
  isFinalOperationState,
  Operation,
  OperationEvent,
} from 'backstage-plugin-database-ops-common';
import { PortalClient } from '../api/PortalClient';
import { EXIT, ExitCode } from '../exitCodes';
import { CommandContext, print } from './context';
import { operationLines } from './operations';

const POLL_MS = 1000;

function eventLine(event: OperationEvent): string | undefined {
  const at = event.at.slice(11, 19);
  if (event.type === 'progress') {
    const { step, percent } = event.progress ?? {};
    return `${at}  ${[
      step,
      percent === undefined ? undefined : `${Math.round(percent)} %`,
    ]
      .filter(Boolean)
      .join(', ')}`;
  }
  // A tool's own details, a line a file; the portal's page keeps them.
  return event.message && event.level !== 'debug'
    ? `${at}  ${event.message}`
    : undefined;
}

/** Prints an operation's events as they come, and its end; succeeds when it did. */
export async function followOperation(
  context: CommandContext,
  portal: PortalClient,
  operationId: string,
): Promise<ExitCode> {
  let lastSeq = 0;
  let operation: Operation;
  let final = false;
  for (;;) {
    operation = await portal.operation(operationId);
    const wasFinal = final;
    final = isFinalOperationState(operation.state);
    const page = await portal.operationEvents(operationId, lastSeq);
    lastSeq = page.lastSeq;
    for (const line of page.items.map(eventLine)) {
      if (line) {
        context.terminal.err(line);
      }
    }
    // One more round after the end: the last events may be stored just after it.
    if (wasFinal && page.items.length === 0) {
      break;
    }
    if (!final) {
      await new Promise(resolve => setTimeout(resolve, POLL_MS));
    }
  }
  const ended = operation;
  print(context, ended, () => operationLines(ended));
  return ended.state === 'succeeded' ? EXIT.ok : EXIT.operationFailed;
}
