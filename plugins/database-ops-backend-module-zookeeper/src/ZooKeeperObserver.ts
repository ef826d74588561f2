import { setTimeout as delay } from 'node:timers/promises';
import { Signal } from 'backstage-plugin-database-ops-common';
import {
  DatabaseObserver,
  HealthFindings,
  MemberFinding,
  MemberOutcome,
  ObserveContext,
  checkSignal,
  memberSignals,
} from 'backstage-plugin-database-ops-node';
import { ZooKeeperConfig } from './config';
import { followersSignal, leaderSignal } from './health/ensemble';
import { MemberFacts } from './health/facts';
import { latencySignal, outstandingSignal } from './health/load';
import { outcomeOf } from './health/reachability';
import { ANSWER_SECONDS, MemberProbe } from './MemberProbe';

/**
 * A lost leader is replaced within two or three seconds, in which no server
 * serves: that is asked again before it is called down.
 */
const ELECTION_SECONDS = 3;

/** The facts of one member, or why there are none. */
type Monitored = MemberFacts | Error;

interface Probed {
  readonly findings: readonly MemberFinding[];
  readonly facts: readonly MemberFacts[];
  /** Why a member gave no facts. */
  readonly reason?: Error;
}

/** False when it was cut short. */
async function pause(seconds: number, signal: AbortSignal): Promise<boolean> {
  return delay(seconds * 1000, true, { signal }).catch(() => !signal.aborted);
}

/** Watches every server of a ZooKeeper ensemble. */
export class ZooKeeperObserver implements DatabaseObserver {
  readonly #config: ZooKeeperConfig;
  readonly #probes: readonly MemberProbe[];

  constructor(config: ZooKeeperConfig) {
    this.#config = config;
    this.#probes = config.members.map(
      member => new MemberProbe(member, config),
    );
  }

  async checkHealth(context: ObserveContext): Promise<HealthFindings> {
    const first = await this.#probeAll(context);
    const electing = first.findings.some(
      ({ outcome }) => outcome.state === 'not-serving',
    );
    const { findings, facts, reason } =
      electing && (await pause(ELECTION_SECONDS, context.signal))
        ? await this.#probeAll(context)
        : first;
    const version = facts[0]?.version;
    return {
      signals: [
        ...memberSignals(findings, 'server'),
        ...(await this.#measure(facts, reason, context)),
      ],
      engineVersion: version && `ZooKeeper ${version}`,
    };
  }

  async close(): Promise<void> {
    this.#probes.forEach(probe => probe.close());
  }

  async #probeAll(context: ObserveContext): Promise<Probed> {
    const [findings, monitored] = await Promise.all([
      Promise.all(
        this.#probes.map(async probe => ({
          member: probe.member,
          outcome: await this.#ask(probe, context),
        })),
      ),
      Promise.all(this.#probes.map(probe => this.#monitor(probe, context))),
    ]);
    return {
      findings,
      facts: monitored.flatMap(each => (each instanceof Error ? [] : [each])),
      reason: monitored.find(each => each instanceof Error),
    };
  }

  async #ask(
    probe: MemberProbe,
    { signal }: ObserveContext,
  ): Promise<MemberOutcome> {
    // Ends what is being asked, so that the caller's time limit holds.
    const abandon = () => probe.abandon();
    signal.addEventListener('abort', abandon, { once: true });
    try {
      await probe.readRoot();
      return { state: 'answering' };
    } catch (error) {
      return signal.aborted
        ? { state: 'unjudged', reason: 'the time for all checks was up' }
        : outcomeOf(error, ANSWER_SECONDS);
    } finally {
      signal.removeEventListener('abort', abandon);
    }
  }

  async #monitor(
    probe: MemberProbe,
    context: ObserveContext,
  ): Promise<Monitored> {
    try {
      return await probe.monitor(context.signal);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  async #measure(
    facts: readonly MemberFacts[],
    reason: Error | undefined,
    context: ObserveContext,
  ): Promise<readonly Signal[]> {
    const checks: readonly (readonly [string, string, () => Signal])[] = [
      ['leader', 'Leader', () => leaderSignal(facts)],
      [
        'followers',
        'Synced followers',
        () => followersSignal(facts, this.#config.members),
      ],
      [
        'outstanding-requests',
        'Outstanding requests',
        () => outstandingSignal(facts),
      ],
      ['latency', 'Latency', () => latencySignal(facts)],
    ];
    const signals = await Promise.all(
      checks.map(([id, title, check]) =>
        checkSignal({
          id,
          title,
          timeoutSeconds: ANSWER_SECONDS,
          signal: context.signal,
          check: async () => {
            if (facts.length === 0) {
              throw new Error(
                `no admin server answers (${reason?.message ?? 'no reason given'})`,
              );
            }
            return check();
          },
        }),
      ),
    );
    return signals.flat();
  }
}
