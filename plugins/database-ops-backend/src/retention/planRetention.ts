/*
 * What may go and what must stay. Pure: the same question gets the same
 * answer, in the preview, in the schedule and in the tests.
 */
import { Chains } from './Chains';
import { keepsEverything, promiseOf } from './promise';
import { Wish, wishesOfRules } from './selectBackups';
import { millisecondsOf } from './time';
import {
  ChainedBackup,
  RetentionDecision,
  RetentionPlan,
  RetentionQuestion,
} from './types';

/**
 * Plans what retention keeps and removes at a moment.
 *
 * Whatever the rules say: nothing goes while the repository's state is
 * unknown, nothing that a kept backup needs, never the newest whole chain nor
 * the newest verified one, and nothing that is pinned or in use.
 *
 * @public
 */
export function planRetention(question: RetentionQuestion): RetentionPlan {
  const { rules, logs, repositoryState, unknownBecause } = question;
  const chains = new Chains(question.backups);
  const promise = promiseOf(rules, logs.length > 0);
  if (repositoryState === 'unknown') {
    return keepEverything(
      chains,
      promise,
      `The state of the repository is unknown, so nothing is removed${unknownBecause ? `: ${unknownBecause}` : '.'}`,
    );
  }
  if (keepsEverything(rules)) {
    return keepEverything(chains, promise, 'No retention rule is set.', false);
  }
  const unsettled = unsettledFork(question, chains);
  if (unsettled) {
    return keepEverything(chains, promise, unsettled, false);
  }
  const wishes = [
    ...safeguards(question, chains),
    ...wishesOfRules(question, chains),
  ];
  const reasons = keptWithReasons(wishes, chains);
  const logsFrom = logStart(wishes, chains);
  return assemble(chains, promise, {
    reasonsToKeep: reasons,
    reasonToRemove: backup => whyRemoved(backup, chains, reasons),
    logsFrom,
  });
}

/** Why a fork of history keeps everything for now; `undefined` when it lies behind. */
function unsettledFork(
  { newestBranch, rules, now }: RetentionQuestion,
  chains: Chains,
): string | undefined {
  if (!newestBranch) {
    return undefined;
  }
  const first = chains.all.find(
    backup =>
      newestBranch.backupIds.has(backup.id) &&
      chains.isFull(backup) &&
      chains.isWhole(backup),
  );
  const { timeline } = newestBranch;
  if (!first) {
    return `History forked, and timeline ${timeline} has no full backup of its own yet: nothing is removed.`;
  }
  const reachesBack =
    rules.window !== undefined &&
    now.getTime() - millisecondsOf(rules.window) < Date.parse(first.stoppedAt);
  return reachesBack
    ? `History forked, and the window still reaches before the first full backup of timeline ${timeline} (${first.id}): nothing is removed.`
    : undefined;
}

/** What stays whatever the rules say. */
function safeguards(
  { pins, running, now }: RetentionQuestion,
  chains: Chains,
): readonly Wish[] {
  const whole = chains.all.filter(backup => chains.isWhole(backup));
  const newest = whole.at(-1);
  const proved = whole.findLast(backup => backup.proved !== undefined);
  const wish = (
    backup: ChainedBackup | undefined,
    reason: string,
    withLog: boolean,
  ): readonly Wish[] => (backup ? [{ backup, reason, withLog }] : []);
  return [
    ...wish(newest, 'It is the newest backup that can be restored.', true),
    ...wish(proved, 'It is the newest backup that a restore verified.', false),
    ...pins
      .filter(({ until }) => !until || Date.parse(until) > now.getTime())
      .flatMap(({ backupId, reason, legalHold, until }) =>
        wish(
          chains.find(backupId),
          `${legalHold ? 'Legal hold' : 'Pinned'}${until ? ` until ${until}` : ''}: ${reason}`,
          false,
        ),
      ),
    ...running.flatMap(({ name, backupIds }) =>
      backupIds.flatMap(id =>
        wish(chains.find(id), `It is needed by ${name}.`, true),
      ),
    ),
    ...chains.all
      .filter(({ stoppedAt }) => Date.parse(stoppedAt) > now.getTime())
      .flatMap(backup =>
        wish(backup, 'Its time lies in the future: check the clocks.', true),
      ),
  ];
}

/** The wishes and, through them, whatever their chains need. */
function keptWithReasons(
  wishes: readonly Wish[],
  chains: Chains,
): ReadonlyMap<string, readonly string[]> {
  const kept = new Map<string, Set<string>>();
  const note = (id: string, reason: string) =>
    kept.set(id, (kept.get(id) ?? new Set()).add(reason));
  for (const { backup, reason } of wishes) {
    note(backup.id, reason);
  }
  for (const { backup } of wishes) {
    for (const id of backup.chain) {
      if (id !== backup.id && chains.find(id) && !kept.has(id)) {
        note(id, `Backup ${backup.id} needs it.`);
      }
    }
  }
  return new Map([...kept].map(([id, reasons]) => [id, [...reasons]]));
}

/** The oldest full backup after which somebody wants the log. */
function logStart(
  wishes: readonly Wish[],
  chains: Chains,
): RetentionPlan['logsFrom'] {
  const oldest = wishes
    .filter(({ withLog }) => withLog)
    .map(({ backup }) => chains.fullOf(backup))
    .filter(full => full !== undefined)
    .toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt))
    .at(0);
  return oldest && { backupId: oldest.id, time: oldest.startedAt };
}

function whyRemoved(
  backup: ChainedBackup,
  chains: Chains,
  kept: ReadonlyMap<string, readonly string[]>,
): string {
  const missing = chains.missingOf(backup);
  if (missing.length > 0) {
    return `It cannot be restored: it needs ${missing.join(', ')}, which the repository does not hold, and no rule keeps it.`;
  }
  const full = chains.fullOf(backup);
  return full && full.id !== backup.id && !kept.has(full.id)
    ? `No rule keeps it, and its full backup ${full.id} goes.`
    : 'No rule keeps it any longer.';
}

function keepEverything(
  chains: Chains,
  promise: string,
  reason: string,
  isRefusal = true,
): RetentionPlan {
  return {
    ...assemble(chains, promise, {
      reasonsToKeep: new Map(chains.all.map(({ id }) => [id, [reason]])),
      reasonToRemove: () => reason,
    }),
    ...(isRefusal ? { refusal: reason } : {}),
  };
}

function assemble(
  chains: Chains,
  promise: string,
  outcome: {
    readonly reasonsToKeep: ReadonlyMap<string, readonly string[]>;
    readonly reasonToRemove: (backup: ChainedBackup) => string;
    readonly logsFrom?: RetentionPlan['logsFrom'];
  },
): RetentionPlan {
  const { reasonsToKeep, reasonToRemove, logsFrom } = outcome;
  const decisions = chains.all.map((backup): RetentionDecision => {
    const reasons = reasonsToKeep.get(backup.id);
    return {
      backupId: backup.id,
      keep: reasons !== undefined,
      reasons: reasons ?? [reasonToRemove(backup)],
      dependents: reasons ? [] : chains.dependentsOf(backup.id),
      freedBytes: reasons ? 0 : (backup.repositorySizeBytes ?? 0),
    };
  });
  const idsOf = (keep: boolean) =>
    decisions
      .filter(decision => decision.keep === keep)
      .map(({ backupId }) => backupId);
  return {
    promise,
    decisions: decisions.toReversed(),
    keep: idsOf(true),
    remove: idsOf(false),
    ...(logsFrom ? { logsFrom } : {}),
    freedBytes: decisions.reduce((sum, { freedBytes }) => sum + freedBytes, 0),
  };
}
