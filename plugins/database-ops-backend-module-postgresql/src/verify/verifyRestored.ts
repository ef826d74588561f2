import { JsonObject } from '@backstage/types';
import { ProofCheck } from 'backstage-plugin-database-ops-common';
import {
  OperateTarget,
  proofSentence,
  proofStateOf,
  RunContext,
  VerifyOutcome,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import {
  latestCanaryCheck,
  momentCanaryCheck,
  readCanaries,
} from './canaryChecks';
import {
  amcheckCheck,
  checksumCheck,
  collationCheck,
  extensionCheck,
  hypertablesOf,
  listDatabases,
} from './contentChecks';
import { rowsCheck, sessionsOf } from './rowsCheck';
import { Scratch, withScratch } from './scratch';

/** Restores to scratch, opens that, and asks of its content what must hold. */
export async function verifyRestored(
  target: OperateTarget<PostgresqlConfig>,
  options: {
    readonly depth: string;
    readonly parameters: JsonObject;
    /** What a restore to a point in time aims at. */
    readonly moment?: Date;
  },
  context: RunContext,
): Promise<VerifyOutcome> {
  const startedAt = context.clock();
  return withScratch(target, options.parameters, context, async scratch => {
    context.progress({ step: 'Checking the content' });
    const { outcome } = scratch;
    const canaries = await readCanaries(scratch.session, target);
    const checks = [
      ...(await contentChecks(scratch, context)),
      ...(options.depth === 'latest'
        ? [latestCanaryCheck(canaries, startedAt)]
        : []),
      ...(options.moment
        ? [
            momentCanaryCheck(
              canaries,
              options.moment,
              target.database.config.canary?.intervalSeconds,
            ),
          ]
        : []),
    ];
    const newest = canaries.rows.at(-1)?.writtenAt;
    return {
      proof: {
        depth: options.depth,
        state: proofStateOf(checks),
        sentence: proofSentence(
          checks,
          `Backup ${outcome.backupId} was restored in ${Math.round(scratch.restoreSeconds)} s and is whole.`,
        ),
        startedAt: startedAt.toISOString(),
        endedAt: context.clock().toISOString(),
        backupId: outcome.backupId,
        ...(outcome.moment ? { moment: outcome.moment } : {}),
        ...(options.depth === 'latest' && newest
          ? { rpoSeconds: secondsBetween(newest, startedAt) }
          : {}),
        rtoSeconds: scratch.restoreSeconds,
        checks,
        facts: {
          ...outcome.facts,
          canaries: canaries.rows.length,
          ...(newest ? { newestCanaryAt: newest.toISOString() } : {}),
        },
      },
    };
  });
}

async function contentChecks(
  { outcome, session }: Scratch,
  context: RunContext,
): Promise<readonly ProofCheck[]> {
  const databases = await listDatabases(session);
  const amcheck = await amcheckCheck(session, databases, context);
  const checksums = await checksumCheck(session);
  const hypertables = await hypertablesOf(session, databases);
  return [
    {
      id: 'system',
      title: 'Identity',
      status: 'passed',
      sentence: `It is system ${String(outcome.facts.systemIdentifier)} on timeline ${String(outcome.facts.timeline)}, open for writes.`,
    },
    amcheck,
    ...(checksums ? [checksums] : []),
    await rowsCheck(databases, sessionsOf(session)),
    ...(hypertables ? [hypertables] : []),
    await extensionCheck(session, databases),
    await collationCheck(session, databases),
  ];
}

function secondsBetween(earlier: Date, later: Date): number {
  return Math.max(0, (later.getTime() - earlier.getTime()) / 1000);
}
