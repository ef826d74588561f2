import { Backup } from 'backstage-plugin-database-ops-common';
import { Inventory } from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { readJson } from '../database/json';
import { Page, PageRequest, newestFirst } from '../database/page';
import { BackupReader, BackupSpan } from './types';

interface BackupRow {
  readonly database_id: string;
  readonly id: string;
  readonly type: string;
  readonly started_at: string;
  readonly stopped_at: string;
  readonly state: Backup['state'];
  readonly data: string;
  /** When it was first found missing; PostgreSQL gives big integers as text. */
  readonly missing_since_ms: number | string | null;
}

/** A backup that is not in the repository any more. */
export interface MissingBackup {
  readonly id: string;
  readonly missingSince: Date;
}

interface InventoryRow {
  readonly database_id: string;
  readonly observed_at: string;
  readonly read_at: string;
  readonly data: string;
}

/** Text of constant width, so that times compare as text whatever wrote them. */
function instant(time: string): string {
  return new Date(time).toISOString();
}

function toBackup(row: BackupRow): Backup {
  return { ...readJson<Backup>(row.data), state: row.state };
}

/** Cache of what repositories hold. */
export class BackupStore implements BackupReader {
  readonly #knex: Knex;
  readonly #clock: () => Date;

  constructor(options: { readonly knex: Knex; readonly clock: () => Date }) {
    this.#knex = options.knex;
    this.#clock = options.clock;
  }

  /**
   * Takes over an inventory: its backups are as it says, others are missing.
   * One older than the last is ignored. Gives whether anything was taken over.
   */
  async applyInventory(
    trx: Knex.Transaction,
    inventory: Inventory,
  ): Promise<boolean> {
    const observedAt = instant(inventory.observedAt);
    const taken = await trx<InventoryRow>('inventories')
      .insert({
        database_id: inventory.databaseId,
        observed_at: observedAt,
        read_at: this.#clock().toISOString(),
        data: JSON.stringify(inventory),
      })
      .onConflict('database_id')
      .merge()
      .where('inventories.observed_at', '<=', observedAt)
      .returning('database_id');
    if (taken.length === 0) {
      return false;
    }
    const stored: BackupRow[] = await trx<BackupRow>('backups').where({
      database_id: inventory.databaseId,
    });
    const before = new Map(stored.map(row => [row.id, row]));
    const nowMs = this.#clock().getTime();
    const rows = inventory.backups.map((backup): BackupRow => ({
      database_id: inventory.databaseId,
      id: backup.id,
      type: backup.type,
      started_at: instant(backup.startedAt),
      stopped_at: instant(backup.stoppedAt),
      state: backup.state,
      data: JSON.stringify(backup),
      missing_since_ms:
        backup.state === 'missing'
          ? (before.get(backup.id)?.missing_since_ms ?? nowMs)
          : null,
    }));
    for (const row of rows) {
      await trx<BackupRow>('backups')
        .insert(row)
        .onConflict(['database_id', 'id'])
        .merge();
    }
    const known = new Set(rows.map(row => row.id));
    for (const { id } of stored.filter(
      row => !known.has(row.id) && row.state !== 'missing',
    )) {
      await trx<BackupRow>('backups')
        .where({ database_id: inventory.databaseId, id })
        .update({ state: 'missing', missing_since_ms: nowMs });
    }
    return true;
  }

  async list(databaseId: string, page: PageRequest): Promise<Page<Backup>> {
    const found = await newestFirst<BackupRow, 'stopped_at'>(
      this.#knex<BackupRow>('backups').where({ database_id: databaseId }),
      'stopped_at',
      page,
    );
    return { ...found, items: found.items.map(toBackup) };
  }

  async get(databaseId: string, backupId: string): Promise<Backup | undefined> {
    const row = await this.#knex<BackupRow>('backups')
      .where({ database_id: databaseId, id: backupId })
      .first();
    return row && toBackup(row);
  }

  /** Present backups, newest first. */
  async listPresent(databaseId: string): Promise<readonly Backup[]> {
    const rows: BackupRow[] = await this.#knex<BackupRow>('backups')
      .where({ database_id: databaseId, state: 'present' })
      .orderBy([
        { column: 'stopped_at', order: 'desc' },
        { column: 'id', order: 'desc' },
      ]);
    return rows.map(toBackup);
  }

  /** Those found missing after a time, oldest first. */
  async listMissing(
    databaseId: string,
    since: Date,
  ): Promise<readonly MissingBackup[]> {
    const rows: BackupRow[] = await this.#knex<BackupRow>('backups')
      .where({ database_id: databaseId, state: 'missing' })
      .where('missing_since_ms', '>', since.getTime())
      .orderBy(['missing_since_ms', 'id']);
    return rows.map(row => ({
      id: row.id,
      missingSince: new Date(Number(row.missing_since_ms)),
    }));
  }

  async newestPresent(databaseId: string): Promise<Backup | undefined> {
    const row = await this.#knex<BackupRow>('backups')
      .where({ database_id: databaseId, state: 'present' })
      .orderBy('stopped_at', 'desc')
      .first();
    return row && toBackup(row);
  }

  async listSpans(): Promise<ReadonlyMap<string, BackupSpan>> {
    const ends = this.#knex('backups')
      .where({ state: 'present' })
      .groupBy('database_id')
      .select('database_id')
      .min('stopped_at as oldest')
      .max('stopped_at as newest');
    const [spans, inventories] = await Promise.all([
      this.#knex
        .from(ends.as('ends'))
        .join('backups as backup', on =>
          on
            .on('backup.database_id', 'ends.database_id')
            .andOn('backup.stopped_at', 'ends.newest'),
        )
        .where('backup.state', 'present')
        .select<
          {
            readonly database_id: string;
            readonly id: string;
            readonly oldest: string;
            readonly newest: string;
          }[]
        >('ends.database_id', 'backup.id', 'ends.oldest', 'ends.newest'),
      this.#knex<InventoryRow>('inventories').select(
        'database_id',
        'observed_at',
      ),
    ]);
    const byDatabase = new Map(spans.map(span => [span.database_id, span]));
    const read = new Map(
      inventories.map(row => [row.database_id, row.observed_at]),
    );
    return new Map(
      [...new Set([...byDatabase.keys(), ...read.keys()])].map(databaseId => {
        const span = byDatabase.get(databaseId);
        const observedAt = read.get(databaseId);
        return [
          databaseId,
          {
            newest: span && { id: span.id, stoppedAt: span.newest },
            inventory:
              observedAt === undefined
                ? undefined
                : {
                    observedAt,
                    backups: span
                      ? [{ state: 'present' as const, stoppedAt: span.oldest }]
                      : [],
                  },
          },
        ];
      }),
    );
  }

  async getInventory(databaseId: string): Promise<Inventory | undefined> {
    const row = await this.#knex<InventoryRow>('inventories')
      .where({ database_id: databaseId })
      .first();
    return row && readJson<Inventory>(row.data);
  }
}
