import { DesiredSetup } from './desiredSetup';
import { mergeLifecycle } from './mergeLifecycle';
import { mergePolicy } from './mergePolicy';
import { ActualSetup, ObjectLockFacts, Reading } from './readActualSetup';
import { SetupAspect, SetupFinding } from './types';

/** What is found of an aspect that could be read. */
type Judgement = Pick<SetupFinding, 'sentence' | 'danger'> & {
  readonly changes?: readonly string[];
};

/** Holds a bucket against what configuration asks of it. */
export function diffSetup(
  actual: ActualSetup,
  desired: DesiredSetup,
): readonly SetupFinding[] {
  const { repository } = desired;
  const name = `Bucket '${repository.bucket}'`;
  const find = <T>(
    aspect: SetupAspect,
    what: string,
    reading: Reading<T>,
    judge: (value: T) => Judgement,
  ): SetupFinding => {
    if (
      reading.state === 'unsupported' ||
      desired.unsupported.includes(aspect)
    ) {
      return {
        aspect,
        state: 'unsupported',
        sentence: `${what}: unsupported by the store.`,
        changes: [],
      };
    }
    if (reading.state === 'unreadable') {
      return {
        aspect,
        state: 'unknown',
        sentence: `${what}: not known, ${reading.reason}.`,
        changes: [],
      };
    }
    const { changes = [], ...judged } = judge(reading.value);
    return {
      aspect,
      state: changes.length > 0 ? 'differs' : 'ok',
      changes,
      ...judged,
    };
  };
  return [
    find('bucket', name, actual.bucket, exists =>
      exists
        ? { sentence: `${name} exists.` }
        : {
            sentence: `${name} does not exist.`,
            danger: true,
            changes: [`+ bucket ${repository.bucket}`],
          },
    ),
    find('encryption', 'Default encryption', actual.encryption, algorithm =>
      judgeEncryption(algorithm, desired),
    ),
    find('versioning', 'Versioning', actual.versioning, enabled =>
      enabled
        ? { sentence: 'A deleted or replaced object leaves a version behind.' }
        : {
            sentence:
              'Versioning is off: a deleted or replaced object is gone.',
            danger: true,
            changes: ['~ versioning: off -> on'],
          },
    ),
    find('object-lock', 'Object Lock', actual.objectLock, lock =>
      judgeObjectLock(lock, desired),
    ),
    find(
      'public-access',
      'Public access block',
      actual.publicAccess,
      blocked =>
        blocked
          ? { sentence: 'Public access is blocked.' }
          : {
              sentence: 'Public access is not blocked.',
              changes: ['~ public access: not blocked -> blocked'],
            },
    ),
    find('policy', 'Bucket policy', actual.statements, statements => {
      const { changes } = mergePolicy(
        repository,
        statements,
        desired.statements,
      );
      return changes.length === 0
        ? {
            sentence: `The bucket policy has its ${desired.statements.length} statements.`,
          }
        : {
            sentence: `The bucket policy differs in ${countOf(changes, 'statement')}.`,
            changes,
          };
    }),
    find('lifecycle', 'Lifecycle rules', actual.rules, rules => {
      const { changes, danger } = mergeLifecycle(rules, desired);
      return changes.length === 0
        ? {
            sentence: `The ${countOf(desired.rules, 'lifecycle rule')} are in place.`,
          }
        : {
            sentence: danger
              ? 'A lifecycle rule endangers backups.'
              : `The lifecycle differs in ${countOf(changes, 'rule')}.`,
            danger,
            changes,
          };
    }),
    ...(desired.transitions.length > 0 ||
    !desired.unsupported.includes('transitions')
      ? [
          find('transitions', 'Storage transitions', actual.rules, rules => {
            const { transitionChanges } = mergeLifecycle(rules, desired);
            return transitionChanges.length === 0
              ? {
                  sentence:
                    desired.transitions.length === 0
                      ? 'No object is moved to another storage class.'
                      : `The ${countOf(desired.transitions, 'transition')} are in place.`,
                }
              : {
                  sentence: `Storage transitions differ in ${countOf(transitionChanges, 'rule')}.`,
                  changes: transitionChanges,
                };
          }),
        ]
      : []),
    find('layout', 'Folder layout', actual.markers, texts => {
      const changes = desired.markers
        .filter(({ key, text }) => texts.get(key) !== text)
        .map(
          ({ key }) =>
            `${texts.has(key) ? '~' : '+'} object ${repository.prefix}${key}`,
        );
      return {
        sentence:
          changes.length === 0
            ? 'The folders say what they hold.'
            : `${countOf(changes, 'folder note')} missing or outdated.`,
        changes,
      };
    }),
  ];
}

function judgeEncryption(
  algorithm: string | undefined,
  { encryption }: DesiredSetup,
): Judgement {
  // Keys of one's own are more than was asked for.
  if (algorithm === encryption || algorithm === 'aws:kms') {
    return { sentence: `Objects are encrypted by default (${algorithm}).` };
  }
  return {
    sentence: algorithm
      ? `Objects are encrypted by default with ${algorithm}, not ${encryption}.`
      : 'Objects are not encrypted by default.',
    danger: algorithm === undefined,
    changes: [`~ default encryption: ${algorithm ?? 'none'} -> ${encryption}`],
  };
}

function judgeObjectLock(
  lock: ObjectLockFacts,
  { objectLock }: DesiredSetup,
): Judgement {
  if (lock.defaultRetention) {
    return {
      sentence: `The bucket locks every new object (${lock.defaultRetention}): each renewal of a lease leaves a version that cannot be removed.`,
      danger: true,
      changes: [
        `~ object lock: default retention ${lock.defaultRetention} -> none (locks are put on objects)`,
      ],
    };
  }
  if (objectLock && !lock.enabled) {
    return {
      sentence: 'Objects cannot be locked.',
      changes: ['~ object lock: off -> on, without default retention'],
    };
  }
  return {
    sentence: lock.enabled
      ? 'Objects can be locked; none is by default.'
      : 'Objects cannot be locked, and configuration does not ask for it.',
  };
}

function countOf(items: readonly unknown[], what: string): string {
  return `${items.length} ${what}${items.length === 1 ? '' : 's'}`;
}
