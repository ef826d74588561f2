import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { Signal } from 'backstage-plugin-database-ops-common';
import {
  DatabaseDefinition,
  DatabaseObserver,
  HealthEvent,
  HealthFindings,
  Inventory,
  LogContinuation,
  ObserveContext,
  RepositoryDefinition,
} from 'backstage-plugin-database-ops-node';
import { Canary, unknownCanary } from '../canary/Canary';
import { LogFollow } from '../follow/LogFollow';
import { PostgresqlConfig } from '../config';
import { TimescaleWatch } from '../timescale/TimescaleWatch';
import { activitySignals, unknownActivity } from './activitySignals';
import { Ask, answerOf, withAbort } from './answers';
import {
  archiveSignals,
  LastSegment,
  lastSegmentOf,
  unknownArchive,
} from './archiveSignals';
import { askPrimary } from './askPrimary';
import { certificateSignal } from './certificateSignal';
import { MemberChecks } from './checks/MemberChecks';
import { PRIMARY_CHECKS } from './checks/primaryChecks';
import { connectionFailure } from './connectionFailure';
import { diskSignals } from './diskSignal';
import {
  MemberFinding,
  MemberState,
  PrimaryFindings,
  WalReceiverRow,
} from './findings';
import {
  ChangeWatch,
  SettingRow,
  SETTINGS,
  TIMELINE,
} from './history/ChangeWatch';
import { Limits } from './Limits';
import { MemberConnection } from './MemberConnection';
import {
  failureReasons,
  reachableSignals,
  roleSignal,
  writableSignal,
} from './memberSignals';
import * as queries from './queries';
import { replicationSignals, unknownReplication } from './replicationSignals';
import { serverFacts } from './serverFacts';
import { StandbyWatch } from './StandbyWatch';
import { WalBacklog } from './WalBacklog';

interface Primary {
  readonly finding: MemberFinding & { readonly state: MemberState };
  readonly ask: Ask;
}

/** Asks every member of one PostgreSQL, and the primary about the whole. */
export class PostgresqlObserver implements DatabaseObserver {
  readonly #database: DatabaseDefinition<PostgresqlConfig>;
  readonly #connections: readonly MemberConnection[];
  readonly #limits: Limits;
  /** The slot each standby named while it could be asked. */
  readonly #knownSlots = new Map<string, string>();
  readonly #canary: Canary | undefined;
  readonly #checks: MemberChecks;
  readonly #standbys: StandbyWatch;
  readonly #backlog: WalBacklog;
  readonly #timescale: TimescaleWatch;
  readonly #changes: ChangeWatch;
  readonly #follow: LogFollow | undefined;
  #lastSegment: LastSegment | undefined;
  /** Taken as the report before where the caller has none. */
  #lastSignals: readonly Signal[] = [];

  constructor(database: DatabaseDefinition<PostgresqlConfig>) {
    const { canary, members, pgbackrest, thresholds, walVolumeBytes } =
      database.config;
    this.#database = database;
    this.#limits = new Limits(thresholds);
    this.#checks = new MemberChecks(PRIMARY_CHECKS, this.#limits);
    this.#standbys = new StandbyWatch(this.#limits);
    this.#backlog = new WalBacklog(this.#limits, walVolumeBytes);
    this.#timescale = new TimescaleWatch(this.#limits);
    this.#changes = new ChangeWatch(this.#limits);
    this.#follow = pgbackrest && new LogFollow(pgbackrest);
    this.#canary = canary && new Canary(canary);
    this.#connections = members.map(
      member => new MemberConnection(database.config, member),
    );
  }

  async checkHealth(context: ObserveContext): Promise<HealthFindings> {
    const limits = this.#limits;
    const findings = await Promise.all(
      this.#connections.map(connection => this.#askMember(connection, context)),
    );
    const primary = this.#primaryOf(findings, context);
    const reason = noPrimaryReason(findings);
    const about =
      primary && (await askPrimary(primary.finding.member, primary.ask));
    const [standby, ...replication] = about
      ? replicationSignals(about, findings, this.#knownSlots, limits)
      : unknownReplication(findings.length > 1, reason, limits);
    const changes = await this.#changesOf(primary, reason, context);
    const signals: readonly Signal[] = [
      writableSignal(findings),
      roleSignal(findings),
      standby,
      ...reachableSignals(findings),
      ...replication,
      ...(await this.#standbys.signals(findings, member =>
        this.#ask(member, context),
      )),
      ...this.#archive(about, reason),
      ...(await this.#backlogOf(primary, about, reason, context)),
      ...(about
        ? activitySignals(about, limits)
        : unknownActivity(reason, limits)),
      ...(await this.#checksOf(primary, reason)),
      ...(await this.#timescale.signals(findings, primary, reason)),
      ...changes.signals,
      ...(await diskSignals(findings, limits)),
      ...this.#certificates(),
      ...(await this.#beat(primary, reason, context)),
    ];
    this.#lastSignals = signals;
    if (primary) {
      await this.#follow?.sample(primary.ask);
    }
    const version = engineVersion(
      primary?.finding.state ?? findings.find(({ state }) => state)?.state,
    );
    return {
      signals,
      events: changes.events,
      ...(version ? { engineVersion: version } : {}),
    };
  }

  async followLog(
    repository: RepositoryDefinition,
    inventory: Inventory,
  ): Promise<LogContinuation | undefined> {
    return this.#follow?.from(repository, inventory, new Date());
  }

  async close(): Promise<void> {
    await Promise.all(this.#connections.map(connection => connection.close()));
  }

  async #askMember(
    connection: MemberConnection,
    { logger, signal }: ObserveContext,
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

  #ask(
    name: string,
    { logger, signal }: { logger: LoggerService; signal: AbortSignal },
  ): Ask {
    const connection = this.#connections.find(
      ({ member }) => member.name === name,
    );
    return <TRow extends object>(sql: string) =>
      answerOf(async () => {
        if (!connection) {
          throw new Error(`${name} is no member`);
        }
        return withAbort(connection.query<TRow>(sql, logger), signal);
      });
  }

  #primaryOf(
    findings: readonly MemberFinding[],
    context: ObserveContext,
  ): Primary | undefined {
    const finding = findings.find(
      (each): each is Primary['finding'] =>
        each.state !== undefined && !each.state.in_recovery,
    );
    return finding && { finding, ask: this.#ask(finding.member.name, context) };
  }

  async #checksOf(
    primary: Primary | undefined,
    reason: string,
  ): Promise<readonly Signal[]> {
    return primary
      ? this.#checks.run(
          primary.finding.member.name,
          serverFacts(primary.finding.state),
          primary.ask,
        )
      : this.#checks
          .unknown(reason)
          // Whether pages have checksums at all is not known then.
          .filter(({ id }) => id !== 'page-checksums');
  }

  async #changesOf(
    primary: Primary | undefined,
    reason: string,
    { previous = this.#lastSignals }: ObserveContext,
  ): Promise<{
    readonly signals: readonly Signal[];
    readonly events: readonly HealthEvent[];
  }> {
    if (!primary) {
      return { signals: this.#changes.unknown(reason, previous), events: [] };
    }
    const { name } = primary.finding.member;
    const timeline = await primary.ask<{ timeline: number }>(TIMELINE);
    const settings = await primary.ask<SettingRow>(SETTINGS);
    const watched = [
      this.#changes.failover(name, timeline, previous),
      this.#changes.configuration(name, settings, previous),
    ];
    return {
      signals: watched.map(({ signal }) => signal),
      events: watched.flatMap(({ event }) => event ?? []),
    };
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
            this.#limits,
          ),
        ];
  }

  async #beat(
    primary: Primary | undefined,
    reason: string,
    { logger, signal }: ObserveContext,
  ): Promise<readonly Signal[]> {
    if (!this.#canary) {
      return [];
    }
    const name = primary?.finding.member.name;
    const connection = this.#connections.find(
      ({ member }) => member.name === name,
    );
    return [
      connection
        ? await this.#canary.beat(connection.member.name, sql =>
            withAbort(connection.query(sql, logger), signal),
          )
        : unknownCanary(reason),
    ];
  }

  async #backlogOf(
    primary: Primary | undefined,
    about: PrimaryFindings | undefined,
    reason: string,
    { unreachableRepositories = async () => [] }: ObserveContext,
  ): Promise<readonly Signal[]> {
    return primary && about
      ? this.#backlog.signals({
          about,
          state: primary.finding.state,
          ask: primary.ask,
          unreachable: unreachableRepositories,
        })
      : [this.#backlog.unknown(reason)];
  }

  #archive(
    about: PrimaryFindings | undefined,
    reason: string,
  ): readonly Signal[] {
    if (!about) {
      return unknownArchive(reason, this.#limits);
    }
    this.#lastSegment = lastSegmentOf(about, Date.now()) ?? this.#lastSegment;
    return archiveSignals(about, this.#lastSegment, this.#limits);
  }
}

function noPrimaryReason(findings: readonly MemberFinding[]): string {
  const reasons = failureReasons(findings);
  return reasons
    ? `no primary could be asked (${reasons})`
    : 'no member is primary';
}

function engineVersion(state: MemberState | undefined): string | undefined {
  if (!state) {
    return undefined;
  }
  // Distributions append their own build to the number.
  const [number] = state.server_version.split(' ');
  const { timescaledb } = state;
  return timescaledb
    ? `PostgreSQL ${number} + TimescaleDB ${timescaledb}`
    : `PostgreSQL ${number}`;
}
