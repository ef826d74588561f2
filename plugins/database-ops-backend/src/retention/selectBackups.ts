/*
 * What each rule wants to keep. A rule looks only at the backups themselves
 * and at the present moment, never at what another rule keeps: so that a plan
 * made again after it was carried out comes to the same.
 */
import { Chains } from './Chains';
import { LogWindow, logWindowOf } from './logWindow';
import { Period, periodOf, PERIODS } from './periods';
import { counted, inWords, millisecondsOf } from './time';
import { ChainedBackup, RetentionQuestion, RetentionRules } from './types';

/** A rule's wish. */
export interface Wish {
  readonly backup: ChainedBackup;
  readonly reason: string;
  /** Whether the log after this backup is wanted too; archives are kept without it. */
  readonly withLog: boolean;
}

/** What the rules of a policy want to keep. */
export function wishesOfRules(
  question: RetentionQuestion,
  chains: Chains,
): readonly Wish[] {
  const { rules, now } = question;
  const nowMs = now.getTime();
  return [
    ...windowWishes(question, chains, nowMs),
    ...(rules.window === undefined ? fullsWishes(rules, chains, nowMs) : []),
    ...keepLastWishes(rules, chains),
    ...ageWishes(rules, chains, nowMs),
    ...PERIODS.flatMap(period => periodWishes(rules, period, chains)),
  ];
}

function windowWishes(
  { rules, logs, newestBranch }: RetentionQuestion,
  chains: Chains,
  nowMs: number,
): readonly Wish[] {
  if (rules.window === undefined) {
    return [];
  }
  const cutoffMs = nowMs - millisecondsOf(rules.window);
  const text = inWords(rules.window);
  const log = logWindowOf({
    chains,
    logs,
    rules,
    cutoffMs,
    newestBranch,
  });
  const young = fullsWishes(rules, chains, nowMs);
  const wishes = [
    ...log.bases.map(backup => ({
      backup,
      reason: `Any second of the last ${text} is restored from it with the log.`,
      withLog: true,
    })),
    ...(log.bases.some(base => endMs(base) <= cutoffMs)
      ? []
      : lastBefore(chains, cutoffMs, text)),
    // The log after these is the window's affair.
    ...young.map(wish => ({ ...wish, withLog: false })),
  ];
  const kept = new Set(wishes.map(({ backup }) => backup.id));
  const isThinned = (backup: ChainedBackup) =>
    rules.fulls !== undefined && isReplaced(backup, chains, log, kept);
  return [
    ...wishes,
    ...chains.all
      .filter(backup => endMs(backup) > cutoffMs && !isThinned(backup))
      .map(backup => ({
        backup,
        reason: `It is of the last ${text}.`,
        withLog: false,
      })),
  ];
}

/** Whether the log leads from an older base over everything this chain holds. */
function isReplaced(
  backup: ChainedBackup,
  chains: Chains,
  log: LogWindow,
  kept: ReadonlySet<string>,
): boolean {
  const full = chains.fullOf(backup);
  return (
    full !== undefined &&
    !kept.has(full.id) &&
    log.carries(full) &&
    log.carries(backup)
  );
}

/** Without a log that reaches over the window's beginning, the last state before it. */
function lastBefore(
  chains: Chains,
  cutoffMs: number,
  text: string,
): readonly Wish[] {
  const last = chains.all.findLast(
    backup => endMs(backup) <= cutoffMs && chains.isWhole(backup),
  );
  return last
    ? [
        {
          backup: last,
          reason: `It is the last state before the last ${text} began.`,
          withLog: true,
        },
      ]
    : [];
}

function fullsWishes(
  { fulls }: RetentionRules,
  chains: Chains,
  nowMs: number,
): readonly Wish[] {
  if (!fulls) {
    return [];
  }
  const whole = chains.all.filter(
    backup => chains.isFull(backup) && chains.isWhole(backup),
  );
  const wanted = new Map<string, string>();
  if (fulls.age !== undefined) {
    const cutoffMs = nowMs - millisecondsOf(fulls.age);
    for (const full of whole.filter(backup => endMs(backup) > cutoffMs)) {
      wanted.set(
        full.id,
        `It is a full backup of the last ${inWords(fulls.age)}.`,
      );
    }
  }
  if (fulls.count !== undefined) {
    for (const full of newest(whole, fulls.count)) {
      wanted.set(
        full.id,
        `It is one of the newest ${counted(fulls.count, 'full backup')}.`,
      );
    }
  }
  return chains.all.flatMap(backup => {
    const own = wanted.get(backup.id);
    if (own !== undefined) {
      return [{ backup, reason: own, withLog: true }];
    }
    const full = chains.fullOf(backup);
    return full && wanted.has(full.id)
      ? [
          {
            backup,
            reason: `It builds on full backup ${full.id}, which is kept.`,
            withLog: true,
          },
        ]
      : [];
  });
}

function keepLastWishes(
  { keepLast }: RetentionRules,
  chains: Chains,
): readonly Wish[] {
  if (keepLast === undefined) {
    return [];
  }
  const whole = chains.all.filter(backup => chains.isWhole(backup));
  return newest(whole, keepLast).map(backup => ({
    backup,
    reason: `It is one of the newest ${counted(keepLast, 'backup')}.`,
    withLog: true,
  }));
}

function ageWishes(
  { age }: RetentionRules,
  chains: Chains,
  nowMs: number,
): readonly Wish[] {
  if (age === undefined) {
    return [];
  }
  const cutoffMs = nowMs - millisecondsOf(age);
  return chains.all
    .filter(backup => endMs(backup) > cutoffMs)
    .map(backup => ({
      backup,
      reason: `It is younger than ${inWords(age)}.`,
      withLog: true,
    }));
}

/** The newest backup of each of the newest periods that have one; a full one where there is one. */
function periodWishes(
  rules: RetentionRules,
  period: Period,
  chains: Chains,
): readonly Wish[] {
  const count = rules[period.rule];
  if (count === undefined) {
    return [];
  }
  const chosen = new Map<string, ChainedBackup>();
  for (const backup of chains.all.filter(one => chains.isWhole(one))) {
    const name = periodOf(backup.stoppedAt, period, rules);
    const before = chosen.get(name);
    if (!before || chains.isFull(backup) || !chains.isFull(before)) {
      chosen.set(name, backup);
    }
  }
  return newest([...chosen], count).map(([name, backup]) => ({
    backup,
    reason: `It stands for the ${period.noun} ${name}, one of the newest ${counted(count, period.noun)} with a backup.`,
    // Only hours are so close together that the log between them is part of the promise.
    withLog: period.rule === 'hourly',
  }));
}

function newest<T>(oldestFirst: readonly T[], count: number): readonly T[] {
  return count > 0 ? oldestFirst.slice(-count) : [];
}

function endMs({ stoppedAt }: ChainedBackup): number {
  return Date.parse(stoppedAt);
}
