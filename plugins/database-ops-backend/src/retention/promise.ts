import { PERIODS } from './periods';
import { counted, inWords } from './time';
import { RetentionRules } from './types';

/**
 * What rules promise, in words.
 *
 * @param carriesLog - `false` when the repository holds no continuous log, so
 * that nothing between two backups can be restored
 */
export function promiseOf(
  rules: RetentionRules | undefined,
  carriesLog = true,
): string {
  const sentences = rules ? sentencesOf(rules, carriesLog) : [];
  return sentences.length === 0
    ? 'Nothing is ever removed.'
    : [
        ...sentences,
        'The newest chain and the newest verified one always stay.',
      ].join(' ');
}

/** Whether rules say nothing, so that nothing may go. */
export function keepsEverything(rules: RetentionRules): boolean {
  return sentencesOf(rules, true).length === 0;
}

function sentencesOf(
  rules: RetentionRules,
  carriesLog: boolean,
): readonly string[] {
  return [
    ...windowSentences(rules, carriesLog),
    ...fullsSentences(rules),
    ...countSentences(rules),
    ...periodSentences(rules),
  ];
}

function windowSentences(
  { window, fulls }: RetentionRules,
  carriesLog: boolean,
): readonly string[] {
  if (window === undefined) {
    return [];
  }
  const text = inWords(window);
  if (!carriesLog) {
    return [
      `Every backup of the last ${text} and the last one before them can be restored; there is no continuous log, so nothing between them can.`,
    ];
  }
  return [
    `Any second of the last ${text} can be restored: full backups reach back to the last one before them, and all log after it is kept.`,
    ...(fulls
      ? [
          'Beyond the newest full backups only the first of each week stays, since the log carries the seconds between them.',
        ]
      : []),
  ];
}

function fullsSentences({ fulls }: RetentionRules): readonly string[] {
  const parts = [
    ...(!fulls?.count
      ? []
      : [`the newest ${counted(fulls.count, 'full backup')}`]),
    ...(fulls?.age === undefined
      ? []
      : [`full backups younger than ${inWords(fulls.age)}`]),
  ];
  return parts.length === 0
    ? []
    : [`Kept are ${parts.join(' and ')}, with what builds on them.`];
}

function countSentences({ keepLast, age }: RetentionRules): readonly string[] {
  return [
    ...(!keepLast
      ? []
      : [`The newest ${counted(keepLast, 'backup')} of any type are kept.`]),
    ...(age === undefined
      ? []
      : [`Every backup younger than ${inWords(age)} is kept.`]),
  ];
}

function periodSentences(rules: RetentionRules): readonly string[] {
  const parts = PERIODS.flatMap(({ rule, noun }) => {
    const count = rules[rule];
    return count ? [counted(count, noun)] : [];
  });
  if (parts.length === 0) {
    return [];
  }
  const list =
    parts.length === 1
      ? parts[0]
      : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
  return [
    `One backup is kept for each of the last ${list} that have one (${rules.timeZone ?? 'UTC'}).`,
  ];
}
