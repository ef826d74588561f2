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
import { RedisConfig } from './config';
import { ClusterOutage } from './health/ClusterOutage';
import { FailoverMemory } from './health/FailoverMemory';
import { clusterStateSignal, slotsSignal } from './health/cluster';
import { MemberFacts, readFacts } from './health/facts';
import { memorySignal } from './health/memory';
import { aofSignal, rdbSignal } from './health/persistence';
import { outcomeOf } from './health/reachability';
import { replicasSignal } from './health/replicas';
import { ANSWER_SECONDS, RedisConnection } from './RedisConnection';

/** Connecting and then three commands. */
const MEMBER_SECONDS = ANSWER_SECONDS * 2;

/** Undefined when what failed did so in time. */
function lateOutcome(
  context: ObserveContext,
  late: AbortSignal,
): MemberOutcome | undefined {
  if (context.signal.aborted) {
    return { state: 'unjudged', reason: 'the time for all checks was up' };
  }
  return late.aborted
    ? { state: 'silent', afterSeconds: MEMBER_SECONDS }
    : undefined;
}

type Answer =
  { readonly facts: MemberFacts } | { readonly finding: MemberFinding };

/** Watches every node of a Redis Cluster, or a master with its replicas. */
export class RedisObserver implements DatabaseObserver {
  readonly #config: RedisConfig;
  readonly #connections: readonly RedisConnection[];
  readonly #failovers = new FailoverMemory();
  readonly #outage = new ClusterOutage();

  constructor(config: RedisConfig) {
    this.#config = config;
    this.#connections = config.members.map(
      member => new RedisConnection(member, config),
    );
  }

  async checkHealth(context: ObserveContext): Promise<HealthFindings> {
    const answers = await Promise.all(
      this.#connections.map(connection => this.#ask(connection, context)),
    );
    const facts = answers.flatMap(answer =>
      'facts' in answer ? [answer.facts] : [],
    );
    const findings = answers.map(answer =>
      'facts' in answer
        ? {
            member: answer.facts.member,
            outcome: { state: 'answering' as const },
          }
        : this.#withSuccessor(answer.finding, facts[0]),
    );
    const measured = await this.#measure(facts, context);
    facts.forEach(each => this.#failovers.remember(each));
    const version = facts[0]?.info.redis_version;
    return {
      signals: [...memberSignals(findings, 'node'), ...measured],
      engineVersion: version && `Redis ${version}`,
    };
  }

  async close(): Promise<void> {
    this.#connections.forEach(connection => connection.close());
  }

  async #ask(
    connection: RedisConnection,
    context: ObserveContext,
  ): Promise<Answer> {
    const { member } = connection;
    const late = AbortSignal.any([
      context.signal,
      AbortSignal.timeout(MEMBER_SECONDS * 1000),
    ]);
    const abandon = () => connection.close();
    late.addEventListener('abort', abandon, { once: true });
    try {
      const facts = await connection.ask(redis =>
        readFacts(redis, member, this.#config.cluster),
      );
      return { facts };
    } catch (error) {
      return {
        finding: {
          member,
          outcome: lateOutcome(context, late) ?? outcomeOf(error),
        },
      };
    } finally {
      late.removeEventListener('abort', abandon);
    }
  }

  /** Adds which replica took the place of a master that is away. */
  #withSuccessor(
    finding: MemberFinding,
    witness: MemberFacts | undefined,
  ): MemberFinding {
    const { host, port } = finding.member;
    const address =
      witness && this.#failovers.successorOf(`${host}:${port}`, witness);
    if (!address) {
      return finding;
    }
    const successor =
      this.#config.members.find(each => `${each.host}:${each.port}` === address)
        ?.name ?? address;
    return { ...finding, consequence: `its replica ${successor} was promoted` };
  }

  /** What needs at least one answering node; each says `unknown` when there is none. */
  async #measure(
    facts: readonly MemberFacts[],
    context: ObserveContext,
  ): Promise<readonly Signal[]> {
    const outageSeconds = this.#outage.remember(facts, new Date());
    const checks: readonly (readonly [string, string, () => Signal])[] = [
      ...(this.#config.cluster
        ? ([
            [
              'cluster-state',
              'Cluster state',
              () => clusterStateSignal(facts, outageSeconds),
            ],
            ['slots', 'Slots covered', () => slotsSignal(facts)],
          ] as const)
        : []),
      ['replicas', 'Replica of every master', () => replicasSignal(facts)],
      ['memory', 'Memory', () => memorySignal(facts)],
      ['rdb', 'Last RDB save', () => rdbSignal(facts, new Date())],
      ['aof', 'Append-only file', () => aofSignal(facts)],
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
              throw new Error('no node answers');
            }
            return check();
          },
        }),
      ),
    );
    return signals.flat();
  }
}
