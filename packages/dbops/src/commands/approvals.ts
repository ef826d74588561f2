import { Approval } from 'backstage-plugin-database-ops-common';
import { UsageError } from '../errors';
import { EXIT, ExitCode } from '../exitCodes';
import { formatTime } from '../output/format';
import { CommandContext, print } from './context';

function approvalLines(approval: Approval): string[] {
  return [
    `${approval.operationId} of ${approval.databaseId}: ${approval.state}`,
    `  asked for by ${approval.requestedBy} at ${formatTime(approval.requestedAt)}${approval.reason ? `, because: ${approval.reason}` : ''}`,
    `  what would run: ${approval.subjectSentence ?? JSON.stringify(approval.subject)}`,
    `  hash: ${approval.subjectHash}`,
    `  may be approved by ${approval.approvers.join(', ')} until ${formatTime(approval.expiresAt)}`,
    ...(approval.decidedBy
      ? [
          `  decided by ${approval.decidedBy} at ${formatTime(approval.decidedAt)}${approval.decisionReason ? `: ${approval.decisionReason}` : ''}`,
        ]
      : []),
    ...(approval.reviewedBy
      ? [`  reviewed by ${approval.reviewedBy}: ${approval.reviewNote ?? ''}`]
      : []),
  ];
}

/** What waits for a second person, and what was decided. */
export async function showApproval(
  context: CommandContext,
  operationId: string,
): Promise<ExitCode> {
  const portal = await context.portal();
  const approval = await portal.approval(operationId);
  print(context, approval, () => approvalLines(approval));
  return EXIT.ok;
}

/** Approves, rejects or overrides exactly what the hash names: the one that was read and shown. */
export async function decide(
  context: CommandContext,
  operationId: string,
  decision: 'approve' | 'reject' | 'override',
  options: { readonly hash?: string; readonly reason?: string },
): Promise<ExitCode> {
  if (!options.hash) {
    throw new UsageError(
      `Read first what would run: dbops approval ${operationId}. Then give its hash with --hash.`,
    );
  }
  if (decision !== 'approve' && !options.reason) {
    throw new UsageError(`To ${decision}, say why with --reason.`);
  }
  const portal = await context.portal();
  const approval = await portal.decideApproval(operationId, {
    decision,
    subjectHash: options.hash,
    reason: options.reason,
  });
  print(context, approval, () => approvalLines(approval));
  return EXIT.ok;
}

/** Records that somebody looked at an emergency override afterwards. */
export async function review(
  context: CommandContext,
  operationId: string,
  options: { readonly note: string },
): Promise<ExitCode> {
  const portal = await context.portal();
  const approval = await portal.reviewOverride(operationId, options.note);
  print(context, approval, () => approvalLines(approval));
  return EXIT.ok;
}
