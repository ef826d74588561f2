import { PolicyChange } from 'backstage-plugin-database-ops-common';
import { blackoutAloud } from './readAloud';
import { PolicyDefinition } from './types';

/** A change of one part of a policy, in words. */
type PartChange = Pick<PolicyChange, 'kind' | 'sentence'>;

/** How one part reads, so that two policies can be compared by it. */
interface Part {
  readonly kind: PolicyChange['kind'];
  readonly name: string;
  readonly read: (policy: PolicyDefinition) => string;
}

const PARTS: readonly Part[] = [
  { kind: 'objective', name: 'RPO', read: policy => policy.rpo ?? 'none' },
  { kind: 'objective', name: 'RTO', read: policy => policy.rto ?? 'none' },
  {
    kind: 'approval',
    name: 'Approvals',
    read: policy =>
      policy.approvals
        .map(
          rule =>
            `${rule.kinds.join(', ')}${rule.modes ? ` (${rule.modes.join(', ')})` : ''} by ${rule.approvers.join(', ')} within ${rule.expiresAfter}, in an emergency ${rule.emergency.join(', ') || 'nobody'}`,
        )
        .join('; ') || 'none',
  },
  {
    kind: 'notification',
    name: 'Notifications',
    read: policy =>
      policy.notifications
        .map(
          route =>
            `${route.events.join(', ')} to ${route.recipients.join(', ')}`,
        )
        .join('; ') || 'none',
  },
  {
    kind: 'other',
    name: 'Blackouts',
    read: policy => policy.blackouts.map(blackoutAloud).join('; ') || 'none',
  },
  {
    kind: 'other',
    name: 'Retries',
    read: ({ retries }) =>
      `${retries.attempts} after ${retries.delaySeconds} s, each delay times ${retries.factor} up to ${retries.maximumDelaySeconds} s`,
  },
  {
    kind: 'other',
    name: 'Time-outs',
    read: policy =>
      Object.entries(policy.timeoutSeconds)
        .map(([kind, seconds]) => `${kind} ${seconds} s`)
        .join(', ') || 'none',
  },
];

/** What differs between two policies beside schedules and retention. */
export function comparePolicies(
  before: PolicyDefinition | undefined,
  after: PolicyDefinition | undefined,
): readonly PartChange[] {
  return PARTS.flatMap(({ kind, name, read }) => {
    const old = before ? read(before) : 'none';
    const fresh = after ? read(after) : 'none';
    return old === fresh
      ? []
      : [{ kind, sentence: `${name}: ${fresh}, before ${old}.` }];
  });
}
