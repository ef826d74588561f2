import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { Signal } from 'backstage-plugin-database-ops-common';
import {
  DatabaseDefinition,
  DatabaseObserver,
  HealthFindings,
  ObserveContext,
} from 'backstage-plugin-database-ops-node';
import { Canary, unknownCanary } from '../canary/Canary';
import { PostgresqlConfig } from '../config';
import { activitySignals, unknownActivity } from './activitySignals';
import {
  archiveSignals,
  LastSegment,
  lastSegmentOf,
  unknownArchive,
} from './archiveSignals';
import { certificateSignal } from './certificateSignal';
import { PrimaryChecks } from './checks/PrimaryChecks';
import {
  ChangeWatch,
  SettingRow,
  SETTINGS,
  TIMELINE,
  unknownChanges,
} from './history/ChangeWatch';
import { connectionFailure } from './connectionFailure';
import { diskSignals } from './diskSignal';
import {
  Answer,
  ArchiveStatusRow,
  ArchiverRow,
  ConnectionsRow,
  MemberFinding,
  MemberState,
  PrimaryFindings,
  ReplicationRow,
  SlotRow,
  TransactionRow,
  WalReceiverRow,
} from './findings';
import { MemberConnection } from './MemberConnection';
import {
  failureReasons,
  reachableSignals,
  roleSignal,
  writableSignal,
} from './memberSignals';
import * as queries from './queries';
import { replicationSignals, unknownReplication } from './replicationSignals';

/** Asks every member of one PostgreSQL, and the primary about the whole. */
export class PostgresqlObserver implements DatabaseObserver {
  readonly #database: DatabaseDefinition<PostgresqlConfig>;
  readonly #connections: readonly MemberConnection[];
  /** The slot each standby named while it could be asked. */
  readonly #knownSlots = new Map<string, string>();
  readonly #canary: Canary | undefined;
  readonly #checks = new PrimaryChecks();
  readonly #changes = new ChangeWatch();
  #lastSegment: LastSegment | undefined;

  constructor(database: DatabaseDefinition<PostgresqlConfig>) {
    this.#database = database;
    const { canary } = database.config;
    this.#canary = canary && new Canary(canary);
    this.#connections = database.config.members.map(
      member => new MemberConnection(database.config, member),
    );
  }

  async checkHealth({
    logger,
    signal,
  }: ObserveContext): Promise<HealthFindings> {
    const findings = await Promise.all(
      this.#connections.map(connection =>
        this.#askMember(connection, logger, signal),
      ),
    );
    const primary = findings.find(({ state }) => state && !state.in_recovery);
    const connection = this.#connections.find(
      ({ member }) => member.name === primary?.member.name,
    );
    const about = connection
      ? await this.#askPrimary(connection, logger, signal)
      : undefined;
    const [standby, ...replication] = about
      ? replicationSignals(about, findings, this.#knownSlots)
      : unknownReplication(findings.length > 1, noPrimaryReason(findings));
    const signals: readonly Signal[] = [
      writableSignal(findings),
      roleSignal(findings),
      standby,
      ...reachableSignals(findings),
      ...replication,
      ...this.#archive(about, findings),
      ...(about
        ? activitySignals(about)
        : unknownActivity(noPrimaryReason(findings))),
      ...(await this.#primarySignals(connection, findings, logger, signal)),
      ...(await diskSignals(findings)),
      ...this.#certificates(),
      ...(await this.#beat(connection, findings, logger, signal)),
    ];
    const version = engineVersion(
      primary ?? findings.find(({ state }) => state),
    );
    return { signals, ...(version ? { engineVersion: version } : {}) };
  }

  async close(): Promise<void> {
    await Promise.all(this.#connections.map(connection => connection.close()));
  }

  async #askMember(
    connection: MemberConnection,
    logger: LoggerService,
    signal: AbortSignal,
  ): Promise<MemberFinding> {
    const { member } = connection;
    try {
      const [state] = await withAbort(
        connection.query<MemberState>(queries.MEMBER_STATE, logger),
        signal,
      );
      if (!state.in_recovery) {
        return { member, state };
      }
      const walReceiver = await answerOf(async () => {
        const rows = await withAbort(
          connection.query<WalReceiverRow>(queries.WAL_RECEIVER, logger),
          signal,
        );
        return rows.at(0);
      });
      if (walReceiver.ok && walReceiver.value?.slot_name) {
        this.#knownSlots.set(member.name, walReceiver.value.slot_name);
      }
      return { member, state, walReceiver };
    } catch (error) {
      const failure = connectionFailure(error, this.#database.config.username);
      logger.debug(
        `Member ${member.name} of database '${this.#database.id}' did not answer: ${toError(error).message}`,
      );
      return { member, failure };
    }
  }

  async #askPrimary(
    connection: MemberConnection,
    logger: LoggerService,
    signal: AbortSignal,
  ): Promise<PrimaryFindings> {
    const ask = <TRow extends object>(sql: string) =>
      answerOf(() => withAbort(connection.query<TRow>(sql, logger), signal));
    const first = <TRow>(rows: Answer<readonly TRow[]>): Answer<TRow> =>
      rows.ok && rows.value.length === 0
        ? { ok: false, reason: 'the server gave no row' }
        : mapAnswer(rows, ([row]) => row);
    return {
      member: connection.member,
      replication: await ask<ReplicationRow>(queries.REPLICATION),
      slots: await ask<SlotRow>(queries.SLOTS),
      archiver: first(await ask<ArchiverRow>(queries.ARCHIVER)),
      archiveStatus: first(await ask<ArchiveStatusRow>(queries.ARCHIVE_STATUS)),
      connections: first(await ask<ConnectionsRow>(queries.CONNECTIONS)),
      longestTransaction: mapAnswer(
        await ask<TransactionRow>(queries.LONGEST_TRANSACTION),
        rows => rows.at(0),
      ),
    };
  }

  async #primarySignals(
    primary: MemberConnection | undefined,
    findings: readonly MemberFinding[],
    logger: LoggerService,
    signal: AbortSignal,
  ): Promise<readonly Signal[]> {
    const state = findings.find(
      ({ member }) => member.name === primary?.member.name,
    )?.state;
    if (!primary || !state) {
      const reason = noPrimaryReason(findings);
      return [...this.#checks.unknown(reason), ...unknownChanges(reason)];
    }
    const ask = <TRow extends object>(sql: string) =>
      answerOf(() => withAbort(primary.query<TRow>(sql, logger), signal));
    const { name } = primary.member;
    return [
      ...(await this.#checks.run(
        {
          member: name,
          versionNumber: parseInt(state.server_version, 10) * 10_000,
        },
        ask,
      )),
      this.#changes.failover(name, await ask<{ timeline: number }>(TIMELINE)),
      this.#changes.configuration(name, await ask<SettingRow>(SETTINGS)),
    ];
  }

  #certificates(): readonly Signal[] {
    return this.#database.config.tls?.mode === 'disable'
      ? []
      : [
          certificateSignal(
            this.#connections.map(({ member, certificateEnd }) => ({
              name: member.name,
              end: certificateEnd,
            })),
            new Date(),
          ),
        ];
  }

  async #beat(
    primary: MemberConnection | undefined,
    findings: readonly MemberFinding[],
    logger: LoggerService,
    signal: AbortSignal,
  ): Promise<readonly Signal[]> {
    if (!this.#canary) {
      return [];
    }
    return [
      primary
        ? await this.#canary.beat(primary.member.name, sql =>
            withAbort(primary.query(sql, logger), signal),
          )
        : unknownCanary(noPrimaryReason(findings)),
    ];
  }

  #archive(
    about: PrimaryFindings | undefined,
    findings: readonly MemberFinding[],
  ): readonly Signal[] {
    if (!about) {
      return unknownArchive(noPrimaryReason(findings));
    }
    this.#lastSegment = lastSegmentOf(about, Date.now()) ?? this.#lastSegment;
    return archiveSignals(about, this.#lastSegment);
  }
}

function noPrimaryReason(findings: readonly MemberFinding[]): string {
  const reasons = failureReasons(findings);
  return reasons
    ? `no primary could be asked (${reasons})`
    : 'no member is primary';
}

function engineVersion(finding: MemberFinding | undefined): string | undefined {
  if (!finding?.state) {
    return undefined;
  }
  // Distributions append their own build to the number.
  const [number] = finding.state.server_version.split(' ');
  const { timescaledb } = finding.state;
  return timescaledb
    ? `PostgreSQL ${number} + TimescaleDB ${timescaledb}`
    : `PostgreSQL ${number}`;
}

async function answerOf<T>(ask: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await ask() };
  } catch (error) {
    return {
      ok: false,
      reason: toError(error).message.replace(/\s+/g, ' ').trim(),
    };
  }
}

function mapAnswer<T, U>(answer: Answer<T>, map: (value: T) => U): Answer<U> {
  return answer.ok ? { ok: true, value: map(answer.value) } : answer;
}

/** The driver cannot abort a query; its own time-outs end it soon after. */
async function withAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    // Its words must not read like a member's silence: nothing follows about the member.
    onAbort = () => reject(new Error('the time for the whole check is up'));
    if (signal.aborted) {
      onAbort();
    } else {
      signal.addEventListener('abort', onAbort, { once: true });
    }
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort) {
      signal.removeEventListener('abort', onAbort);
    }
  }
}
