import { Signal } from 'backstage-plugin-database-ops-common';
import {
  criticalSignal,
  okSignal,
  thresholdSignal,
} from 'backstage-plugin-database-ops-node';
import { MemberFacts } from './facts';

/** https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/ */
const SLOTS = 16384;

/**
 * Whether every answering node holds the cluster for usable.
 *
 * @param outageSeconds - for how long none of them has, when longer than a failover takes
 */
export function clusterStateSignal(
  facts: readonly MemberFacts[],
  outageSeconds?: number,
): Signal {
  const failing = facts.filter(
    ({ clusterInfo }) => clusterInfo?.cluster_state !== 'ok',
  );
  const common = {
    id: 'cluster-state',
    title: 'Cluster state',
    threshold: 'ok on every node',
  };
  if (failing.length === 0) {
    return okSignal({
      ...common,
      sentence: `All ${facts.length} answering nodes report cluster_state ok.`,
    });
  }
  if (outageSeconds !== undefined) {
    return criticalSignal({
      ...common,
      down: true,
      sentence: `Every answering node (${facts.map(({ member }) => member.name).join(', ')}) has reported cluster_state fail for ${outageSeconds} s, longer than a failover takes: clients get CLUSTERDOWN.`,
    });
  }
  const [first] = failing;
  return criticalSignal({
    ...common,
    member: first.member.name,
    sentence: `${failing.map(({ member }) => member.name).join(', ')} ${failing.length === 1 ? 'reports' : 'report'} cluster_state ${first.clusterInfo?.cluster_state ?? 'missing'}: clients get errors.`,
  });
}

/** How many slots a live master serves, as the node that knows of the fewest sees it. */
export function slotsSignal(facts: readonly MemberFacts[]): Signal {
  const views = facts.map(({ member, clusterInfo }) => ({
    member,
    served: Number(clusterInfo?.cluster_slots_ok),
  }));
  const worst = views.reduce((least, view) =>
    view.served < least.served ? view : least,
  );
  return thresholdSignal(
    {
      id: 'slots',
      title: 'Slots covered',
      value: worst.served,
      unit: '1',
      threshold: `critical below ${SLOTS}`,
      member: worst.served < SLOTS ? worst.member.name : undefined,
      sentence:
        worst.served < SLOTS
          ? `${SLOTS - worst.served} of ${SLOTS} slots have no live master, as ${worst.member.name} sees it.`
          : `All ${SLOTS} slots are served by a live master.`,
    },
    { critical: SLOTS, direction: 'below' },
  );
}
