import { Signal } from 'backstage-plugin-database-ops-common';
import {
  criticalSignal,
  okSignal,
  warningSignal,
} from 'backstage-plugin-database-ops-node';
import { ZooKeeperMember } from '../config';
import { MemberFacts } from './facts';

function names(facts: readonly MemberFacts[]): string {
  return facts.map(({ member }) => member.name).join(', ');
}

function leadersOf(facts: readonly MemberFacts[]): readonly MemberFacts[] {
  return facts.filter(({ role }) => role === 'leader' || role === 'standalone');
}

/** Exactly one leader: none means no writes, two mean two ensembles that diverge. */
export function leaderSignal(facts: readonly MemberFacts[]): Signal {
  const leaders = leadersOf(facts);
  const common = {
    id: 'leader',
    title: 'Leader',
    value: leaders.length,
    unit: '1',
    threshold: 'exactly one',
  };
  if (leaders.length === 1) {
    return okSignal({
      ...common,
      member: leaders[0].member.name,
      sentence: `${leaders[0].member.name} is the ${leaders[0].role === 'leader' ? 'only leader' : 'only server'}.`,
    });
  }
  return criticalSignal({
    ...common,
    sentence:
      leaders.length === 0
        ? `None of ${names(facts)} is the leader: the ensemble takes no writes.`
        : `${names(leaders)} are leaders at the same time: their data diverges.`,
  });
}

/** Every other member follows and is in sync. */
export function followersSignal(
  facts: readonly MemberFacts[],
  members: readonly ZooKeeperMember[],
): Signal {
  const [leader] = leadersOf(facts);
  const expected = members.length - 1;
  const synced = leader?.syncedFollowers ?? 0;
  const common = {
    id: 'followers',
    title: 'Synced followers',
    value: synced,
    unit: '1',
    threshold: `warning below ${expected}`,
  };
  if (!leader) {
    throw new Error('no leader answers, and only the leader knows');
  }
  if (synced >= expected) {
    return okSignal({
      ...common,
      sentence: `All ${expected} followers of ${leader.member.name} are in sync.`,
    });
  }
  const following = facts.filter(
    ({ role }) => role === 'follower' || role === 'leader',
  );
  const missing = members
    .filter(({ name }) => !following.some(({ member }) => member.name === name))
    .map(({ name }) => name);
  return warningSignal({
    ...common,
    member: missing[0],
    sentence: `${leader.member.name} has ${synced} of ${expected} followers in sync${missing.length > 0 ? `; not following: ${missing.join(', ')}` : ''}.`,
  });
}
