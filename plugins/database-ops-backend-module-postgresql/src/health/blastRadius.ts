// Who works with the primary right now, and who follows its log.
import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { Signal } from 'backstage-plugin-database-ops-common';
import {
  BlastRadiusQuestion,
  DatabaseDefinition,
  ObserveContext,
  signalOf,
  unknownSignal,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { inPlaceBlastRadius } from '../in-place/blastRadius';
import { connectionFailure } from './connectionFailure';
import { MemberConnection } from './MemberConnection';

const ROLE = 'SELECT pg_is_in_recovery() AS in_recovery';

/** This project's own connections are none that anybody would miss. */
const CLIENTS = `
SELECT coalesce(nullif(application_name, ''), 'unnamed') AS application,
       usename AS username, datname AS database,
       count(*)::int AS connections,
       count(*) FILTER (WHERE state <> 'idle')::int AS working
FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
  AND application_name NOT LIKE 'database-ops%'
GROUP BY 1, 2, 3
ORDER BY connections DESC, application, username`;

const STANDBYS = `
SELECT application_name AS name, state
FROM pg_stat_replication r
WHERE state <> 'backup' AND NOT EXISTS (
  SELECT FROM pg_replication_slots s WHERE s.active_pid = r.pid AND s.slot_type = 'logical')
ORDER BY name`;

const LOGICAL_SLOTS = `
SELECT slot_name AS name, database, active
FROM pg_replication_slots
WHERE slot_type = 'logical'
ORDER BY name`;

/** Not the connection strings: they hold passwords, and are closed to pg_monitor. */
const SUBSCRIPTIONS = `
SELECT subname AS name, subenabled AS active
FROM pg_subscription
ORDER BY name`;

interface ClientRow {
  readonly application: string;
  readonly username: string | null;
  readonly database: string | null;
  readonly connections: number;
  readonly working: number;
}

interface ConsumerRow {
  readonly name: string;
  readonly database?: string;
  readonly state?: string;
  readonly active?: boolean;
}

/** So many names are said; the number says the rest. */
const NAMED = 8;

const counted = (count: number, one: string) =>
  `${count} ${one}${count === 1 ? '' : 's'}`;

interface Fact<TRow> {
  readonly id: string;
  readonly title: string;
  readonly sql: string;
  readonly none: string;
  readonly some: (rows: readonly TRow[], named: string) => string;
  readonly name: (row: TRow) => string;
  readonly count?: (rows: readonly TRow[]) => number;
}

const CLIENT_FACT: Fact<ClientRow> = {
  id: 'active-connections',
  title: 'Connections',
  sql: CLIENTS,
  none: 'Nobody is connected.',
  count: rows => rows.reduce((sum, row) => sum + row.connections, 0),
  name: row =>
    `${row.application} as ${row.username ?? 'nobody'} on ${row.database ?? 'no database'} (${row.connections}, ${row.working} working)`,
  some: (rows, named) =>
    `${counted(
      rows.reduce((sum, row) => sum + row.connections, 0),
      'connection',
    )}: ${named}.`,
};

const CONSUMER_FACTS: readonly Fact<ConsumerRow>[] = [
  {
    id: 'standbys',
    title: 'Standbys',
    sql: STANDBYS,
    none: 'No standby follows.',
    name: ({ name, state }) => `${name} (${state})`,
    some: (rows, named) =>
      `${counted(rows.length, 'standby')} ${rows.length === 1 ? 'follows' : 'follow'}: ${named}.`,
  },
  {
    id: 'logical-consumers',
    title: 'Logical consumers',
    sql: LOGICAL_SLOTS,
    none: 'No logical slot is there for a consumer.',
    name: ({ name, database, active }) =>
      `${name} of ${database} (${active ? 'reading' : 'away'})`,
    some: (rows, named) =>
      `${counted(rows.length, 'logical slot')}, whose consumers have to begin anew: ${named}.`,
  },
  {
    id: 'subscriptions',
    title: 'Subscriptions',
    sql: SUBSCRIPTIONS,
    none: 'It subscribes to nothing.',
    name: ({ name, active }) => `${name} (${active ? 'enabled' : 'disabled'})`,
    some: (rows, named) =>
      `It receives from ${counted(rows.length, 'subscription')}: ${named}.`,
  },
];

/** What is connected to the primary and what follows it, each as a fact of its own. */
export async function blastRadius(
  database: DatabaseDefinition<PostgresqlConfig>,
  context: ObserveContext,
  question?: BlastRadiusQuestion,
): Promise<readonly Signal[]> {
  const { config } = database;
  const connections = config.members.map(
    member => new MemberConnection(config, member),
  );
  try {
    const primary = await findPrimary(connections, config, context.logger);
    const ask = <TRow extends object>(fact: Fact<TRow>) =>
      typeof primary === 'string'
        ? unknownSignal({ ...headOf(fact), sentence: primary })
        : readFact(primary, fact, context.logger);
    return await Promise.all([
      ask(CLIENT_FACT),
      ...CONSUMER_FACTS.map(fact => ask(fact)),
      ...(await inPlaceBlastRadius(database, context, question)),
    ]);
  } finally {
    await Promise.all(connections.map(connection => connection.close()));
  }
}

/** The member that takes writes, or why none was found. */
async function findPrimary(
  connections: readonly MemberConnection[],
  config: PostgresqlConfig,
  logger: LoggerService,
): Promise<MemberConnection | string> {
  const reasons: string[] = [];
  const answers = await Promise.all(
    connections.map(async connection => {
      try {
        const [row] = await connection.query<{ in_recovery: boolean }>(
          ROLE,
          logger,
        );
        return row.in_recovery ? undefined : connection;
      } catch (error) {
        const failure = connectionFailure(error, config.username);
        reasons.push(`${connection.member.name}: ${failure.reason}`);
        return undefined;
      }
    }),
  );
  return (
    answers.find(answer => answer !== undefined) ??
    `No member answers as the primary${reasons.length > 0 ? ` (${reasons.join('; ')})` : ''}.`
  );
}

async function readFact<TRow extends object>(
  primary: MemberConnection,
  fact: Fact<TRow>,
  logger: LoggerService,
): Promise<Signal> {
  try {
    const rows = await primary.query<TRow>(fact.sql, logger);
    const more = rows.length > NAMED ? `, and ${rows.length - NAMED} more` : '';
    const named = `${rows.slice(0, NAMED).map(fact.name).join(', ')}${more}`;
    return signalOf(rows.length > 0 ? 'warning' : 'ok', {
      ...headOf(fact),
      value: fact.count ? fact.count(rows) : rows.length,
      member: primary.member.name,
      sentence: rows.length > 0 ? fact.some(rows, named) : fact.none,
    });
  } catch (error) {
    return unknownSignal({
      ...headOf(fact),
      member: primary.member.name,
      sentence: `${primary.member.name} did not say: ${toError(error).message}.`,
    });
  }
}

function headOf<TRow>({ id, title }: Fact<TRow>) {
  return { id, title };
}
