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

interface DirectRow {
  readonly operation_id: string;
  readonly database_id: string;
  readonly state: DirectRecord['state'];
}

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

  constructor(options: {
    readonly knex: Knex;
    readonly audit: AuditLog;
    readonly announcements: Announcements;
  }) {
    this.#knex = options.knex;
    this.#audit = options.audit;
    this.#announcements = options.announcements;
  }

  /** Gives how many were new or had moved on. */
  async import(store: ObjectStore, databaseId: string): Promise<number> {
    const known = new Map(
      (
        await this.#knex<DirectRow>('direct_records').where({
          database_id: databaseId,
        })
      ).map(row => [row.operation_id, row.state]),
    );
    let imported = 0;
    for await (const record of listDirectRecords(store, databaseId)) {
      if (known.get(record.operationId) !== record.state) {
        imported += (await this.#take(record)) ? 1 : 0;
      }
    }
    return imported;
  }

  async #take(record: DirectRecord): Promise<boolean> {
    const { databaseId, operationId, state } = record;
    const taken = await this.#audit.record(async trx => {
      const row: DirectRow = {
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
        entry: changed && entryOf(record),
      };
    });
    if (taken) {
      await this.#announcements.announce({
        event: 'direct-operation',
        databaseId,
        title: `${record.actor} ${state === 'running' ? 'started' : 'ended'} a ${record.kind} of ${databaseId} without the portal`,
        description: `${sentenceOf(record)} Reason: ${record.reason}`,
        scope: `direct:${operationId}`,
        onceKey: `direct:${operationId}:${state}`,
      });
    }
    return taken;
  }
}

function sentenceOf({ actor, kind, databaseId, state }: DirectRecord): string {
  return state === 'running'
    ? `${actor} started a ${kind} of database '${databaseId}' with dbops --direct.`
    : `The ${kind} of database '${databaseId}' that ${actor} started with dbops --direct ${state === 'succeeded' ? 'succeeded' : `ended as ${state}`}.`;
}

function entryOf(record: DirectRecord): AuditEntry {
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
      ...(endedAt && { endedAt }),
      ...(failure && { failure: { ...failure } }),
    },
  };
}
