import { Signal } from 'backstage-plugin-database-ops-common';
import { thresholdSignal } from 'backstage-plugin-database-ops-node';
import { MemberFacts } from './facts';

/** A server throttles its clients at 1000 (globalOutstandingLimit); ten that wait already are a queue. */
const OUTSTANDING = { warning: 10, critical: 100 };
/** Since the server's start, so that a lasting change shows: sessions of 10 s and less suffer above a second. */
const LATENCY_MILLISECONDS = { warning: 100, critical: 1000 };

function most(
  facts: readonly MemberFacts[],
  value: (facts: MemberFacts) => number,
): MemberFacts {
  return facts.reduce((highest, each) =>
    value(each) > value(highest) ? each : highest,
  );
}

/** Requests that wait in the server with the longest queue. */
export function outstandingSignal(facts: readonly MemberFacts[]): Signal {
  const { member, outstandingRequests } = most(
    facts,
    each => each.outstandingRequests,
  );
  return thresholdSignal(
    {
      id: 'outstanding-requests',
      title: 'Outstanding requests',
      value: outstandingRequests,
      unit: '1',
      threshold: `warning above ${OUTSTANDING.warning}, critical above ${OUTSTANDING.critical}`,
      member: member.name,
      sentence:
        outstandingRequests === 0
          ? 'No request waits on any server.'
          : `${outstandingRequests} requests wait on ${member.name}, the most of all.`,
    },
    OUTSTANDING,
  );
}

/** Average time of a request in the slowest server. */
export function latencySignal(facts: readonly MemberFacts[]): Signal {
  const { member, averageLatencyMilliseconds, maximumLatencyMilliseconds } =
    most(facts, each => each.averageLatencyMilliseconds);
  return thresholdSignal(
    {
      id: 'latency',
      title: 'Latency',
      value: averageLatencyMilliseconds,
      unit: 'ms',
      member: member.name,
      sentence: `${member.name} answers in ${averageLatencyMilliseconds.toFixed(1)} ms on average, the slowest of all; its slowest answer took ${maximumLatencyMilliseconds} ms.`,
    },
    LATENCY_MILLISECONDS,
  );
}
