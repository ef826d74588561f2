import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { AuditChain } from 'backstage-plugin-database-ops-common';
import { ObjectStore } from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { AnchorConflictError, AuditObjects } from './anchors';
import { Anchored, anchorChain } from './anchorChain';
import { AnchorRepository } from './AnchorRepository';
import { archiveOldest } from './archiveEvents';
import { AuditLog } from './AuditLog';
import { ChainCheck, ChainCheckStore } from './ChainCheckStore';
import { ChainKeeping } from './ChainKeeping';
import { readHead } from './rows';
import { ChainFault, ChainFindings, verifyChain } from './verifyChain';

/** One turn of the task stays far below the time after which its lock is another's. */
const TURN_SECONDS = 60;
/** Who asks waits no longer than this; what is not reached then the task reaches. */
const ON_DEMAND_SECONDS = 20;

/** Tells people that the history is not as it was written. */
export type ChainAlarm = (fault: ChainFault) => Promise<void>;

/**
 * Verifies the chain in turns and on demand, anchors it in a repository and
 * archives what is older than its retention.
 */
export class ChainKeeper {
  readonly #knex: Knex;
  readonly #clock: () => Date;
  readonly #logger: LoggerService;
  readonly #audit: AuditLog;
  readonly #checks: ChainCheckStore;
  readonly #settings: ChainKeeping;
  readonly #repository: AnchorRepository;
  readonly #alarm: ChainAlarm;

  constructor(options: {
    readonly knex: Knex;
    readonly clock: () => Date;
    readonly logger: LoggerService;
    readonly audit: AuditLog;
    readonly checks: ChainCheckStore;
    readonly settings: ChainKeeping;
    /** Opens the repository that keeps anchors; absent when there is none. */
    readonly openStore?: () => Promise<ObjectStore>;
    readonly alarm: ChainAlarm;
  }) {
    this.#knex = options.knex;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#audit = options.audit;
    this.#checks = options.checks;
    this.#settings = options.settings;
    this.#repository = new AnchorRepository(options);
    this.#alarm = options.alarm;
  }

  /** A turn of the task: anchor, verify a part, archive. */
  async run(): Promise<ChainCheck> {
    const until = this.#deadline(TURN_SECONDS);
    return this.#repository.use(async (objects, problem) => {
      const before = await this.#checks.read();
      const anchored = objects && (await this.#anchor(objects, until));
      const verified = await this.#verify({
        objects,
        until,
        from: before.position,
      });
      const unfit =
        objects && !verified.fault
          ? await this.#archive(objects, until)
          : undefined;
      const findings = unfit
        ? { ...verified, complete: false, fault: unfit }
        : verified;
      return this.#conclude(findings, {
        from: before.position.seq,
        anchored: anchored?.at,
        problem: problem ?? anchored?.problem,
        // From the beginning again once the end was reached, or to find again what may not leave.
        next:
          findings.complete || unfit ? { seq: 0, hash: '' } : findings.position,
      });
    });
  }

  /** Verifies from the beginning as far as time allows, and says what is known of the rest. */
  async verifyNow(): Promise<AuditChain> {
    return this.#repository.use(async (objects, problem) => {
      const anchors = await this.#newestAnchor(objects);
      const findings = await this.#verify({
        objects,
        until: this.#deadline(ON_DEMAND_SECONDS),
      });
      const check = await this.#conclude(findings, {
        from: 0,
        anchored: anchors?.at,
        problem: problem ?? anchors?.problem,
      });
      const head = await readHead(this.#knex);
      return {
        verified: !check.fault,
        events: head.seq,
        checkedEvents: findings.checkedEvents,
        complete: findings.complete,
        beginsAfterSeq: head.base_seq,
        checkedAt: check.checkedAt ?? '',
        completedAt: check.completedAt,
        firstBadSeq: check.fault?.firstBadSeq,
        reason: check.fault?.reason,
        anchoredSeq: check.anchoredSeq,
        anchoredAt: check.anchoredAt,
        anchorProblem: check.anchorProblem,
      };
    });
  }

  #deadline(seconds: number): () => boolean {
    // The wall clock of the process: a test's clock need not move.
    const end = Date.now() + seconds * 1000;
    return () => Date.now() > end;
  }

  async #newestAnchor(
    objects: AuditObjects | undefined,
  ): Promise<{ at?: Anchored; problem?: string } | undefined> {
    return objects && this.#anchor(objects, () => true);
  }

  /** An anchor that cannot be written now is written in the next turn. */
  async #anchor(
    objects: AuditObjects,
    until: () => boolean,
  ): Promise<{ at?: Anchored; problem?: string }> {
    try {
      return {
        at: await anchorChain({
          knex: this.#knex,
          objects,
          until,
          now: this.#clock(),
          anchorAfterSeconds: this.#settings.anchorAfterSeconds,
        }),
      };
    } catch (error) {
      const problem = toError(error).message;
      this.#logger.warn(`The audit history was not anchored: ${problem}`);
      return { problem };
    }
  }

  /** With the anchors where they can be read, else without. */
  async #verify(options: {
    readonly objects: AuditObjects | undefined;
    readonly until: () => boolean;
    readonly from?: ChainCheck['position'];
  }): Promise<ChainFindings> {
    const run = (objects: AuditObjects | undefined) =>
      verifyChain({ ...options, objects, knex: this.#knex });
    try {
      return await run(options.objects);
    } catch (error) {
      if (error instanceof AnchorConflictError) {
        const position = options.from ?? { seq: 0, hash: '' };
        return {
          position,
          checkedEvents: 0,
          complete: false,
          fault: { firstBadSeq: position.seq + 1, reason: error.message },
        };
      }
      if (!options.objects) {
        throw error;
      }
      this.#logger.warn(
        `The audit history is verified without its anchors: ${toError(error).message}`,
      );
      return run(undefined);
    }
  }

  /** Gives the fault of a part that is old enough and must not leave the table. */
  async #archive(
    objects: AuditObjects,
    until: () => boolean,
  ): Promise<ChainFault | undefined> {
    const { retentionSeconds } = this.#settings;
    if (retentionSeconds === undefined) {
      return undefined;
    }
    const before = new Date(this.#clock().getTime() - retentionSeconds * 1000);
    while (!until()) {
      const archived = await archiveOldest({
        knex: this.#knex,
        objects,
        before,
        record: change =>
          this.#audit.record(async trx => {
            const part = await change(trx);
            return {
              value: part,
              entry: {
                actor: 'service:database-ops',
                action: 'audit.archive',
                outcome: 'succeeded',
                sentence: `Events ${part.from} to ${part.to} were archived in the repository and left the table.`,
                details: { ...part },
              },
            };
          }),
      });
      if (!archived?.part) {
        return archived?.fault;
      }
    }
    return undefined;
  }

  /**
   * Writes down what was found. A fault that is known stays known until
   * somebody passed over the place and found it right.
   */
  async #conclude(
    findings: ChainFindings,
    outcome: {
      /** The event before the first one that was looked at; 0 looks at the very beginning too. */
      readonly from: number;
      readonly anchored?: Anchored;
      readonly problem?: string;
      /** Where the next turn goes on; as it was when absent. */
      readonly next?: ChainCheck['position'];
    },
  ): Promise<ChainCheck> {
    const now = this.#clock().toISOString();
    const { from, anchored } = outcome;
    const passed = ({ firstBadSeq }: ChainFault) =>
      (from === 0 || firstBadSeq > from) &&
      (findings.complete || firstBadSeq <= findings.position.seq);
    const { known, check } = await this.#checks.update(before => ({
      position: outcome.next ?? before.position,
      checkedAt: now,
      completedAt: findings.complete ? now : before.completedAt,
      anchoredSeq: anchored?.seq ?? before.anchoredSeq,
      anchoredAt: anchored?.at ?? before.anchoredAt,
      anchorProblem: outcome.problem,
      fault:
        findings.fault ??
        (before.fault && !passed(before.fault) ? before.fault : undefined),
    }));
    const { fault } = check;
    if (fault && fault.firstBadSeq !== known.fault?.firstBadSeq) {
      this.#logger.error(
        `The audit history is not as it was written, from event ${fault.firstBadSeq} on: ${fault.reason}`,
      );
      await this.#alarm(fault);
    }
    return check;
  }
}
