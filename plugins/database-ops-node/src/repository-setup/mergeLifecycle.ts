import { LifecycleRule } from '@aws-sdk/client-s3';
import { ownRulePrefix } from './lifecycleRules';
import { needsRetrieval } from './setupSchema';
import { DesiredSetup } from './desiredSetup';
import { LifecycleRuleSpec } from './types';

/** What the lifecycle configuration becomes, and the differences that lead there. */
export interface LifecycleMerge {
  readonly rules: readonly LifecycleRule[];
  readonly changes: readonly string[];
  /** Those of `changes` that concern transitions. */
  readonly transitionChanges: readonly string[];
  /** Whether a rule of somebody else's is about to destroy or move away backups. */
  readonly danger: boolean;
}

/**
 * Puts our rules in the place of our older ones. Those of others stay, except
 * one that would expire backups, put them out of reach, or end the versions
 * that a deletion is recovered from.
 */
export function mergeLifecycle(
  actual: readonly LifecycleRule[],
  desired: DesiredSetup,
): LifecycleMerge {
  const own = ownRulePrefix(desired.repository.id);
  const isOurs = ({ ID }: LifecycleRule) => ID?.startsWith(own) ?? false;
  const ours = actual.filter(isOurs);
  const others = actual
    .filter(rule => !isOurs(rule))
    .map(rule => ({ rule, harm: harmOf(rule, desired) }));
  const wanted = [...desired.rules, ...desired.transitions];
  const ids = new Set(wanted.map(({ id }) => id));
  const stale = ours.filter(({ ID }) => !ids.has(ID ?? ''));
  const isTransition = ({ ID }: LifecycleRule) =>
    ID?.startsWith(`${own}transition-`) ?? false;
  return {
    rules: [
      ...others.filter(({ harm }) => !harm).map(({ rule }) => rule),
      ...wanted.map(toRule),
    ],
    changes: [
      ...differencesOf(desired.rules, ours),
      ...stale.filter(rule => !isTransition(rule)).map(removal),
      ...others.flatMap(({ rule, harm }) =>
        harm
          ? [`- rule ${rule.ID ?? '(without a name)'}: it ${harm.sentence}`]
          : [],
      ),
    ],
    transitionChanges: [
      ...differencesOf(desired.transitions, ours),
      ...stale.filter(isTransition).map(removal),
    ],
    danger: others.some(({ harm }) => harm?.danger),
  };
}

function removal({ ID }: LifecycleRule): string {
  return `- rule ${ID}`;
}

function differencesOf(
  wanted: readonly LifecycleRuleSpec[],
  ours: readonly LifecycleRule[],
): readonly string[] {
  return wanted.flatMap(spec => {
    const found = ours.find(({ ID }) => ID === spec.id);
    if (!found) {
      return [`+ rule ${inWords(spec)}`];
    }
    return comparable(found) === comparable(toRule(spec))
      ? []
      : [`~ rule ${inWords(spec)}`];
  });
}

export function toRule(spec: LifecycleRuleSpec): LifecycleRule {
  return {
    ID: spec.id,
    Status: 'Enabled',
    Filter: { Prefix: spec.prefix },
    ...(spec.abortMultipartDays && {
      AbortIncompleteMultipartUpload: {
        DaysAfterInitiation: spec.abortMultipartDays,
      },
    }),
    ...(spec.noncurrentDays && {
      NoncurrentVersionExpiration: { NoncurrentDays: spec.noncurrentDays },
    }),
    ...(spec.removeExpiredDeleteMarkers && {
      Expiration: { ExpiredObjectDeleteMarker: true },
    }),
    ...(spec.transition && {
      Transitions: [
        {
          Days: spec.transition.days,
          StorageClass: spec.transition.storageClass as NonNullable<
            LifecycleRule['Transitions']
          >[number]['StorageClass'],
        },
      ],
    }),
  };
}

/** Only what has an effect: stores add defaults and leave out empty parts. */
function comparable(rule: LifecycleRule): string {
  return JSON.stringify([
    rule.Status,
    prefixOf(rule),
    rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation ?? null,
    rule.NoncurrentVersionExpiration?.NoncurrentDays ?? null,
    rule.Expiration?.ExpiredObjectDeleteMarker ?? false,
    rule.Expiration?.Days ?? rule.Expiration?.Date ?? null,
    (rule.Transitions ?? []).map(each => [
      each.Days ?? each.Date,
      each.StorageClass,
    ]),
    (rule.NoncurrentVersionTransitions ?? []).length,
  ]);
}

function prefixOf(rule: LifecycleRule): string {
  return (
    rule.Filter?.Prefix ??
    rule.Filter?.And?.Prefix ??
    // The field of old configurations.
    rule.Prefix ??
    ''
  );
}

function inWords(spec: LifecycleRuleSpec): string {
  const effects = [
    spec.abortMultipartDays &&
      `removes parts of uploads that were not completed within ${spec.abortMultipartDays} d`,
    spec.noncurrentDays &&
      `ends versions ${spec.noncurrentDays} d after they were replaced or deleted`,
    spec.transition &&
      `moves objects to ${spec.transition.storageClass} after ${spec.transition.days} d`,
  ].filter(Boolean);
  return `${spec.id}: ${effects.join(', ')}, below '${spec.prefix}'`;
}

/** What a rule of somebody else's would do to backups; `undefined` when nothing. */
function harmOf(
  rule: LifecycleRule,
  { repository }: DesiredSetup,
): { readonly sentence: string; readonly danger: boolean } | undefined {
  const prefix = prefixOf(rule);
  const touches =
    prefix.startsWith(repository.prefix) ||
    repository.prefix.startsWith(prefix);
  // Nothing of ours carries a tag.
  const byTag = Boolean(rule.Filter?.Tag ?? rule.Filter?.And?.Tags?.length);
  if (rule.Status !== 'Enabled' || !touches || byTag) {
    return undefined;
  }
  const { Days, Date: date } = rule.Expiration ?? {};
  if (Days !== undefined || date !== undefined) {
    return {
      danger: true,
      sentence: `expires current objects below '${prefix}' ${Days === undefined ? 'at a date' : `after ${Days} d`}, whatever still needs them`,
    };
  }
  const far = (rule.Transitions ?? []).find(({ StorageClass }) =>
    needsRetrieval(StorageClass ?? ''),
  );
  if (far) {
    return {
      danger: true,
      sentence: `moves objects below '${prefix}' to ${far.StorageClass}, where a restore cannot read them`,
    };
  }
  if (rule.NoncurrentVersionExpiration) {
    return {
      danger: false,
      sentence: `ends versions below '${prefix}' that a mistaken deletion is recovered from`,
    };
  }
  return undefined;
}
