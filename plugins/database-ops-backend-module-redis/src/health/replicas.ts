import { Signal } from 'backstage-plugin-database-ops-common';
import {
  okSignal,
  unknownSignal,
  warningSignal,
} from 'backstage-plugin-database-ops-node';
import { MemberFacts } from './facts';

/** A replica's link counts when its master has it `online`; INFO lists replicas as `slave<n>`. */
function onlineReplicas(info: MemberFacts['info']): number {
  return Object.entries(info).filter(
    ([key, value]) => /^slave\d+$/.test(key) && value.includes('state=online'),
  ).length;
}

/** A former master that came back without slots needs no replica. */
function needsReplica({ nodes, info }: MemberFacts): boolean {
  const myself = nodes?.find(({ flags }) => flags.includes('myself'));
  return info.role === 'master' && (!myself || myself.slotRanges.length > 0);
}

/** Every master has a connected replica; otherwise the next failure loses data and availability. */
export function replicasSignal(facts: readonly MemberFacts[]): Signal {
  const masters = facts.filter(needsReplica);
  const alone = masters.filter(({ info }) => onlineReplicas(info) === 0);
  const common = {
    id: 'replicas',
    title: 'Replica of every master',
    value: masters.length - alone.length,
    unit: '1',
    threshold: 'warning when a master has no connected replica',
  };
  if (masters.length === 0) {
    return unknownSignal({
      ...common,
      value: undefined,
      sentence: 'No answering node is a master: replica links are not known.',
    });
  }
  if (alone.length > 0) {
    return warningSignal({
      ...common,
      member: alone[0].member.name,
      sentence: `${alone.map(({ member }) => member.name).join(', ')} ${alone.length === 1 ? 'has' : 'have'} no connected replica.`,
    });
  }
  return okSignal({
    ...common,
    sentence: `Each of ${masters.length} masters has a connected replica.`,
  });
}
