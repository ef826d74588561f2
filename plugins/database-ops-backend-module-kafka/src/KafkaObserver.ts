import { Connection } from '@platformatic/kafka';
import { Signal } from 'backstage-plugin-database-ops-common';
import {
  DatabaseMember,
  DatabaseObserver,
  HealthFindings,
  MemberOutcome,
  ObserveContext,
  checkSignal,
  memberSignals,
} from 'backstage-plugin-database-ops-node';
import { ANSWER_SECONDS, BrokerConnection } from './BrokerConnection';
import { KafkaConfig } from './config';
import { BrokerNames } from './health/BrokerNames';
import { endsByPartition, lagSignal } from './health/consumerLag';
import { logDirectorySignal } from './health/logDirectories';
import { partitionSignals } from './health/partitions';
import { quorumSignal } from './health/quorum';
import { innermostMessage, outcomeOf } from './health/reachability';
import {
  Broker,
  Topic,
  aliveBrokers,
  allTopics,
  committedOffsets,
  endOffsets,
  logDirectories,
  metadataVersion,
  minInsyncReplicas,
  quorumState,
} from './health/requests';

/** A family of signals needs up to three requests in turn. */
const FAMILY_SECONDS = ANSWER_SECONDS * 2;

/** A broker that answered, with the connection to ask it more. */
interface AnsweringBroker {
  readonly member: DatabaseMember;
  readonly connection: Connection;
  readonly alive: readonly Broker[];
  readonly metadataVersion?: number;
}

interface Probe {
  readonly member: DatabaseMember;
  readonly outcome: MemberOutcome;
  readonly broker?: AnsweringBroker;
}

/** Watches every broker of a Kafka cluster in KRaft mode, and the groups that consume from it. */
export class KafkaObserver implements DatabaseObserver {
  readonly #connections: readonly BrokerConnection[];
  readonly #names: BrokerNames;

  constructor(config: KafkaConfig) {
    this.#connections = config.members.map(
      member => new BrokerConnection(member, config),
    );
    this.#names = new BrokerNames(config.members);
  }

  async checkHealth(context: ObserveContext): Promise<HealthFindings> {
    const probes = await Promise.all(
      this.#connections.map(connection => this.#probe(connection, context)),
    );
    const brokers = probes.flatMap(({ broker }) => broker ?? []);
    const version = brokers.find(
      broker => broker.metadataVersion !== undefined,
    );
    return {
      engineVersion:
        version && `Kafka (metadata version ${version.metadataVersion})`,
      signals: [
        ...memberSignals(probes, 'broker'),
        ...(await this.#measure(brokers, context)),
      ],
    };
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#connections.map(connection => connection.discard()),
    );
  }

  async #probe(
    broker: BrokerConnection,
    { signal }: ObserveContext,
  ): Promise<Probe> {
    const { member } = broker;
    // Ends what is being asked, so that the caller's time limit holds.
    const abandon = () => broker.abandon();
    signal.addEventListener('abort', abandon, { once: true });
    try {
      const answering = await broker.ask(async connection => ({
        member,
        connection,
        alive: await aliveBrokers(connection),
        metadataVersion: await metadataVersion(connection),
      }));
      return { member, outcome: { state: 'answering' }, broker: answering };
    } catch (error) {
      const outcome: MemberOutcome = signal.aborted
        ? { state: 'unjudged', reason: 'the time for all checks was up' }
        : outcomeOf(error);
      return { member, outcome };
    } finally {
      signal.removeEventListener('abort', abandon);
    }
  }

  async #measure(
    brokers: readonly AnsweringBroker[],
    context: ObserveContext,
  ): Promise<readonly Signal[]> {
    const [witness] = brokers;
    let asked: Promise<readonly Topic[]> | undefined;
    const topics = () => {
      asked ??= allTopics(witness.connection).then(found => {
        this.#learn(brokers, found);
        return found;
      });
      return asked;
    };
    const families: readonly (readonly [
      string,
      string,
      () => Promise<Signal | readonly Signal[]>,
    ])[] = [
      [
        'quorum',
        'Controller quorum',
        async () => {
          await topics();
          return quorumSignal(
            await quorumState(witness.connection),
            this.#names,
          );
        },
      ],
      [
        'partitions',
        'Partitions',
        async () => {
          const all = await topics();
          const minInsync = await minInsyncReplicas(
            witness.connection,
            all.flatMap(({ name }) => name ?? []),
          );
          return partitionSignals(all, minInsync, this.#names);
        },
      ],
      [
        'log-directories',
        'Log directories',
        async () =>
          logDirectorySignal(
            await Promise.all(
              brokers.map(async ({ member, connection }) => ({
                name: member.name,
                directories: await logDirectories(connection),
              })),
            ),
          ),
      ],
      [
        'lag',
        'Consumer groups',
        async () => this.#lags(brokers, await topics()),
      ],
    ];
    const signals = await Promise.all(
      families.map(([id, title, check]) =>
        checkSignal({
          id,
          title,
          timeoutSeconds: FAMILY_SECONDS,
          signal: context.signal,
          describeError: innermostMessage,
          check: async () => {
            if (!witness) {
              throw new Error('no broker answers');
            }
            return check();
          },
        }),
      ),
    );
    return signals.flat();
  }

  #learn(brokers: readonly AnsweringBroker[], topics: readonly Topic[]): void {
    this.#names.learn(
      brokers.flatMap(({ alive }) => alive),
      topics.flatMap(({ partitions }) =>
        partitions.flatMap(({ replicaNodes }) => replicaNodes),
      ),
    );
  }

  /** The brokers that coordinate groups say what is committed; the leaders say where the logs end. */
  async #lags(
    brokers: readonly AnsweringBroker[],
    topics: readonly Topic[],
  ): Promise<readonly Signal[]> {
    const committed = new Map(
      (
        await Promise.all(
          brokers.map(({ connection }) => committedOffsets(connection)),
        )
      ).flatMap(groups => [...groups]),
    );
    const wanted = new Set(
      [...committed.values()]
        .flat()
        .map(({ topic, partition }) => `${topic}-${partition}`),
    );
    const ends = await Promise.all(
      brokers.map(async ({ member, connection }) => {
        // Only the leader tells an end: asking one that may be it does no harm.
        const led = topics.flatMap(({ name, partitions }) =>
          partitions
            .filter(({ leaderId }) => this.#names.mayBe(member, leaderId))
            .map(({ partitionIndex }) => ({
              topic: name ?? '',
              partition: partitionIndex,
            }))
            .filter(({ topic, partition }) =>
              wanted.has(`${topic}-${partition}`),
            ),
        );
        return led.length > 0 ? endOffsets(connection, led) : [];
      }),
    );
    const endsOf = endsByPartition(ends.flat());
    return [...committed]
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([group, offsets]) => lagSignal(group, offsets, endsOf));
  }
}
