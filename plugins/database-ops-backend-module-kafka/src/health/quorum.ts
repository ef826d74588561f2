import { Signal } from 'backstage-plugin-database-ops-common';
import {
  criticalSignal,
  okSignal,
  warningSignal,
} from 'backstage-plugin-database-ops-node';
import { BrokerNames } from './BrokerNames';
import { QuorumState } from './requests';

/** Followers fetch every half second; ten seconds without catching up is no hiccup. */
const BEHIND_SECONDS = 10;
const NO_LEADER = -1;

/** The KRaft quorum: a leader, and voters that keep up with it. */
export function quorumSignal(state: QuorumState, names: BrokerNames): Signal {
  const common = {
    id: 'quorum',
    title: 'Controller quorum',
    threshold: `warning when a voter is more than ${BEHIND_SECONDS} s behind, critical without a leader or a majority`,
  };
  const leader = state.currentVoters.find(
    ({ replicaId }) => replicaId === state.leaderId,
  );
  if (state.leaderId === NO_LEADER || !leader) {
    return criticalSignal({
      ...common,
      sentence:
        'The controller quorum has no leader: topics, partitions and rights cannot be changed, failed leaders are not replaced.',
    });
  }
  // The leader's own entry carries its clock, so that ours does not matter.
  const now = leader.lastCaughtUpTimestamp;
  const voters = state.currentVoters.map(voter => ({
    name: names.name(voter.replicaId),
    // Negative: not once since this leader was elected.
    behindSeconds:
      voter.lastCaughtUpTimestamp < 0n
        ? Infinity
        : Math.max(0, Number(now - voter.lastCaughtUpTimestamp) / 1000),
  }));
  const behind = voters.filter(
    ({ behindSeconds }) => behindSeconds > BEHIND_SECONDS,
  );
  const worst = voters.reduce((most, each) =>
    each.behindSeconds > most.behindSeconds ? each : most,
  );
  const facts = {
    ...common,
    value: Math.round(worst.behindSeconds),
    unit: 's',
  };
  if (behind.length === 0) {
    return okSignal({
      ...facts,
      sentence: `${names.name(state.leaderId)} leads the controller quorum and all ${voters.length} voters keep up.`,
    });
  }
  const majority = Math.floor(voters.length / 2) + 1;
  const report =
    voters.length - behind.length < majority ? criticalSignal : warningSignal;
  const since = Number.isFinite(worst.behindSeconds)
    ? `last caught up ${Math.round(worst.behindSeconds)} s ago`
    : `has not caught up since ${names.name(state.leaderId)} was elected`;
  return report({
    ...facts,
    member: worst.name,
    sentence: `${names.name(state.leaderId)} leads the controller quorum; ${worst.name} ${since}.`,
  });
}
