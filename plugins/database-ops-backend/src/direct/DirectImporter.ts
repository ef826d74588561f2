import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { AuditOutcome } from 'backstage-plugin-database-ops-common';
import {
  DirectRecord,
  ObjectStore,
  listDirectRecords,
} from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { AuditLog } from '../audit/AuditLog';
import { AuditEntry } from '../audit/chain';
import { Announcements } from '../notify/Announcements';
import { aKind } from '../operations/aKind';

interface DirectRow {
  readonly operation_id: string;
  readonly database_id: string;
  readonly state: DirectRecord['state'];
  /** The state that people were told of. */
  readonly announced: DirectRecord['state'] | null;
}

const DIRECT = 'direct:';
const UNKNOWN_ACTOR = `${DIRECT}unknown`;

const OUTCOMES: Record<DirectRecord['state'], AuditOutcome> = {
  running: 'accepted',
  succeeded: 'succeeded',
  failed: 'failed',
  interrupted: 'interrupted',
};

/**
 * Takes what `dbops --direct` did while nobody could stop it into the audit
 * history, and tells the owner: once when it began, once when it ended.
 */
export class DirectImporter {
  readonly #knex: Knex;
  readonly #audit: AuditLog;
  readonly #announcements: Announcements;
  readonly #logger: LoggerService;

  constructor(options: {
    readonly knex: Knex;
    readonly audit: AuditLog;
    readonly announcements: Announcements;
    readonly logger: LoggerService;
  }) {
    this.#knex = options.knex;
    this.#audit = options.audit;
    this.#announcements = options.announcements;
    this.#logger = options.logger;
  }

  /** Gives how many were new or had moved on; one that cannot be taken stops no other. */
  async import(store: ObjectStore, databaseId: string): Promise<number> {
    const known = new Map(
      (
        await this.#knex<DirectRow>('direct_records').where({
          database_id: databaseId,
        })
      ).map(row => [row.operation_id, row]),
    );
    let imported = 0;
    for await (const record of listDirectRecords(store, databaseId)) {
      const row = known.get(record.operationId);
      if (row?.announced === record.state) {
        continue;
      }
      try {
        const named = { ...record, actor: actorOf(record) };
        const taken = await this.#take(named, record.actor);
        // Another replica that has just taken it tells people itself.
        if (taken || row?.state === record.state) {
          await this.#announce(named);
        }
        imported += taken ? 1 : 0;
      } catch (thrown) {
        this.#logger.warn(
          `What operation '${record.operationId}' did to database '${databaseId}' without the portal was not taken over: ${toError(thrown).message}`,
        );
      }
    }
    return imported;
  }

  async #take(record: DirectRecord, claimedActor: string): Promise<boolean> {
    const { databaseId, operationId, state } = record;
    return this.#audit.record(async trx => {
      const row: Omit<DirectRow, 'announced'> = {
        operation_id: operationId,
        database_id: databaseId,
        state,
      };
      // Another replica may read the same object: the row decides.
      const [changed] = await trx<DirectRow>('direct_records')
        .insert(row)
        .onConflict('operation_id')
        .merge()
        .whereNot('direct_records.state', state)
        .returning('operation_id');
      return {
        value: changed !== undefined,
        entry: changed && entryOf(record, claimedActor),
      };
    });
  }

  /** Noted only when somebody could be told, else it is tried again with the next look. */
  async #announce(record: DirectRecord): Promise<void> {
    const { databaseId, operationId, state } = record;
    const told = await this.#announcements.announce({
      event: 'direct-operation',
      databaseId,
      title: `${record.actor} ${state === 'running' ? 'started' : 'ended'} ${aKind(record.kind)} of ${databaseId} without the portal`,
      description: `${sentenceOf(record)} Reason: ${record.reason}`,
      scope: `direct:${operationId}`,
      onceKey: `direct:${operationId}:${state}`,
    });
    if (told) {
      await this.#knex<DirectRow>('direct_records')
        .where({ operation_id: operationId, state })
        .update({ announced: state });
    }
  }
}

/** Who writes to a repository cannot pass for a user or a service of the portal. */
function actorOf({ actor }: DirectRecord): string {
  return actor.startsWith(DIRECT) ? actor : UNKNOWN_ACTOR;
}

function sentenceOf({ actor, kind, databaseId, state }: DirectRecord): string {
  return state === 'running'
    ? `${actor} started ${aKind(kind)} of database '${databaseId}' with dbops --direct.`
    : `The ${kind} of database '${databaseId}' that ${actor} started with dbops --direct ${state === 'succeeded' ? 'succeeded' : `ended as ${state}`}.`;
}

function entryOf(record: DirectRecord, claimedActor: string): AuditEntry {
  const { startedAt, endedAt, failure, reason, parameters, kind } = record;
  return {
    actor: record.actor,
    action: 'operation.direct',
    databaseId: record.databaseId,
    operationId: record.operationId,
    outcome: OUTCOMES[record.state],
    sentence: sentenceOf(record),
    details: {
      kind,
      parameters,
      reason,
      startedAt,
      ...(claimedActor !== record.actor && { claimedActor }),
      ...(endedAt && { endedAt }),
      ...(failure && { failure: { ...failure } }),
    },
  };
}
