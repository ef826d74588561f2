// What a restore onto the source, its confirmation or its rollback would do to others.
import { Signal } from 'backstage-plugin-database-ops-common';
import {
  BlastRadiusQuestion,
  DatabaseDefinition,
  ObserveContext,
  signalOf,
  unknownSignal,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { judgeHighAvailability, maySwitch } from './highAvailability';
import { askSource, RunningSource } from './sourceFacts';
import { writesSince } from './writesSince';

type Database = DatabaseDefinition<PostgresqlConfig>;

const TITLES: Readonly<Record<string, string>> = {
  'high-availability': 'High availability',
  'standbys-to-rebuild': 'Standbys to be rebuilt',
  'slots-to-create': 'Slots to be created again',
  'synchronous-standbys': 'Synchronous standbys',
  'writes-since-restore': 'Writes that a rollback loses',
};

/** Facts about one that takes, or took, the source's place; none for other questions. */
export async function inPlaceBlastRadius(
  database: Database,
  context: ObserveContext,
  question: BlastRadiusQuestion | undefined,
): Promise<readonly Signal[]> {
  if (question?.mode !== 'in-place') {
    return [];
  }
  switch (question.kind) {
    case 'restore':
      return ofRestore(database, context);
    case 'discard':
      return ofRollback(database, context, question);
    default:
      return [
        signalOf('warning', {
          id: 'kept-aside',
          title: 'What is kept aside',
          sentence:
            'The former data directory is removed once a full backup of the restored server stands; no rollback is possible after that.',
        }),
      ];
  }
}

async function ofRestore(
  { config }: Database,
  { logger }: ObserveContext,
): Promise<readonly Signal[]> {
  const source = await askSource(config, logger);
  return [
    await highAvailabilityFact(config, source),
    ...(typeof source === 'string'
      ? ['standbys-to-rebuild', 'slots-to-create', 'synchronous-standbys'].map(
          id =>
            unknownSignal({
              id,
              title: TITLES[id],
              sentence: `The source does not say: ${source}.`,
            }),
        )
      : [standbysFact(source), slotsFact(source), synchronousFact(source)]),
  ];
}

async function highAvailabilityFact(
  config: PostgresqlConfig,
  source: RunningSource | string,
): Promise<Signal> {
  const judged = await judgeHighAvailability(config.highAvailability, source);
  const head = {
    id: 'high-availability',
    title: TITLES['high-availability'],
    sentence: judged.sentence,
  };
  if (judged.state === 'unknown') {
    return unknownSignal(head);
  }
  if (!maySwitch(judged)) {
    return signalOf('critical', head);
  }
  const watched = typeof source === 'string' || source.standbys.length > 0;
  return signalOf(
    judged.state === 'unmanaged' && watched ? 'warning' : 'ok',
    head,
  );
}

function standbysFact({ standbys }: RunningSource): Signal {
  const named = standbys
    .map(({ name, address }) => `${name} (${address})`)
    .join(', ');
  return signalOf(standbys.length > 0 ? 'warning' : 'ok', {
    id: 'standbys-to-rebuild',
    title: TITLES['standbys-to-rebuild'],
    value: standbys.length,
    sentence:
      standbys.length > 0
        ? `${standbys.length === 1 ? 'One standby is' : `${standbys.length} standbys are`} ahead of the restored server and must be rebuilt: ${named}.`
        : 'No standby follows.',
  });
}

function slotsFact({ slots }: RunningSource): Signal {
  const named = slots.map(({ name, type }) => `${name} (${type})`).join(', ');
  return signalOf(slots.length > 0 ? 'warning' : 'ok', {
    id: 'slots-to-create',
    title: TITLES['slots-to-create'],
    value: slots.length,
    sentence:
      slots.length > 0
        ? `A backup holds no slots: ${named} must be created again, and consumers of logical ones begin anew.`
        : 'There are no replication slots.',
  });
}

function synchronousFact({ synchronousStandbyNames }: RunningSource): Signal {
  const isSet = synchronousStandbyNames !== '';
  return signalOf(isSet ? 'critical' : 'ok', {
    id: 'synchronous-standbys',
    title: TITLES['synchronous-standbys'],
    sentence: isSet
      ? `synchronous_standby_names is '${synchronousStandbyNames}': a restore in place is refused until it is empty, for commits would wait for standbys that must be rebuilt.`
      : 'Commits wait for no standby.',
  });
}

async function ofRollback(
  { config }: Database,
  { logger }: ObserveContext,
  { instance }: BlastRadiusQuestion,
): Promise<readonly Signal[]> {
  const { timeline, openedPosition, openedTransaction } = instance?.facts ?? {};
  const source = await askSource(config, logger);
  const { transactions, walBytes, sentence } = await writesSince(
    config,
    {
      timeline: typeof timeline === 'number' ? timeline : undefined,
      position: typeof openedPosition === 'string' ? openedPosition : undefined,
      transaction:
        typeof openedTransaction === 'string' ? openedTransaction : undefined,
    },
    logger,
  );
  const head = {
    id: 'writes-since-restore',
    title: TITLES['writes-since-restore'],
    sentence,
  };
  return [
    transactions === undefined
      ? unknownSignal(head)
      : signalOf(transactions > 0 ? 'warning' : 'ok', {
          ...head,
          value: transactions,
        }),
    ...(walBytes === undefined
      ? []
      : [
          signalOf('ok', {
            id: 'wal-since-restore',
            title: 'WAL that a rollback leaves behind',
            value: walBytes,
            unit: 'bytes',
            sentence: `${walBytes} bytes of WAL were written since the restored server opened; they go to the repository when it stops, and where that fails its data directory is kept.`,
          }),
        ]),
    await highAvailabilityFact(config, source),
  ];
}
