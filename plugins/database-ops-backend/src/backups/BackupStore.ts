import { Backup } from 'backstage-plugin-database-ops-common';
import { Inventory } from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { readJson } from '../database/json';
import { Page, PageRequest, newestFirst } from '../database/page';
import { RestorableSpan } from '../reachability/restorableSpan';
import { FIRST_REPOSITORY } from '../repositories/repositoriesOf';
import { newestOfEach } from './spans';
import { BackupReader, BackupSpan, StoredInventory } from './types';

interface BackupRow {
  readonly database_id: string;
  readonly repository_id: string;
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
  /** As the tables know the repository. */
  readonly stored: string;
  readonly missingSince: Date;
}

interface InventoryRow {
  readonly database_id: string;
  readonly repository_id: string;
  readonly observed_at: string;
  readonly read_at: string;
  readonly data: string;
  readonly unreachable: string | null;
  /** A {@link RestorableSpan}; null where it was not found out. */
  readonly restorable: string | null;
}

/** Text of constant width, so that times compare as text whatever wrote them. */
function instant(time: string): string {
  return new Date(time).toISOString();
}

function toBackup(row: BackupRow): Backup {
  const { repositoryId: _written, ...backup } = readJson<Backup>(row.data);
  return {
    ...backup,
    state: row.state,
    ...(row.repository_id === FIRST_REPOSITORY
      ? {}
      : { repositoryId: row.repository_id }),
  };
}

/** Cache of what repositories hold. */
export class BackupStore implements BackupReader {
  readonly #knex: Knex;
  readonly #clock: () => Date;
  readonly #restorable: (inventory: Inventory) => RestorableSpan | undefined;

  constructor(options: {
    readonly knex: Knex;
    readonly clock: () => Date;
    /** What an inventory lets its database be restored to; `undefined` where nobody can say. */
    readonly restorable?: (inventory: Inventory) => RestorableSpan | undefined;
  }) {
    this.#knex = options.knex;
    this.#clock = options.clock;
    this.#restorable = options.restorable ?? (() => undefined);
  }

  /**
   * Takes over an inventory of one repository: its backups are as it says,
   * others of that repository are missing. One older than the last is ignored.
   * Gives whether anything was taken over.
   *
   * @param stored - the repository as the tables know it
   */
  async applyInventory(
    trx: Knex.Transaction,
    inventory: Inventory,
    stored: string = FIRST_REPOSITORY,
  ): Promise<boolean> {
    const here = {
      database_id: inventory.databaseId,
      repository_id: stored,
    };
    const observedAt = instant(inventory.observedAt);
    const taken = await trx<InventoryRow>('inventories')
      .insert({
        ...here,
        observed_at: observedAt,
        read_at: this.#clock().toISOString(),
        ...this.#written(inventory),
      })
      .onConflict(['database_id', 'repository_id'])
      .merge()
      .where('inventories.observed_at', '<=', observedAt)
      .returning('database_id');
    if (taken.length === 0) {
      return false;
    }
    const kept: BackupRow[] = await trx<BackupRow>('backups').where(here);
    const before = new Map(kept.map(row => [row.id, row]));
    const nowMs = this.#clock().getTime();
    const rows = inventory.backups.map((backup): BackupRow => ({
      ...here,
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
        .onConflict(['database_id', 'repository_id', 'id'])
        .merge();
    }
    const known = new Set(rows.map(row => row.id));
    for (const { id } of kept.filter(
      row => !known.has(row.id) && row.state !== 'missing',
    )) {
      await trx<BackupRow>('backups')
        .where({ ...here, id })
        .update({ state: 'missing', missing_since_ms: nowMs });
    }
    return true;
  }

  /**
   * Keeps how far the log was followed behind an inventory; nothing when
   * another inventory came meanwhile. Gives whether it was kept.
   */
  async follow(inventory: Inventory, stored: string): Promise<boolean> {
    const kept = await this.#knex<InventoryRow>('inventories')
      .where({
        database_id: inventory.databaseId,
        repository_id: stored,
        observed_at: instant(inventory.observedAt),
      })
      .update(this.#written(inventory));
    return kept > 0;
  }

  #written(inventory: Inventory): Pick<InventoryRow, 'data' | 'restorable'> {
    const restorable = this.#restorable(inventory);
    return {
      data: JSON.stringify(inventory),
      restorable: restorable ? JSON.stringify(restorable) : null,
    };
  }

  async list(databaseId: string, page: PageRequest): Promise<Page<Backup>> {
    const found = await newestFirst<
      BackupRow,
      'stopped_at',
      'id' | 'repository_id'
    >(
      this.#knex<BackupRow>('backups').where({ database_id: databaseId }),
      'stopped_at',
      page,
      ['id', 'repository_id'],
    );
    return { ...found, items: found.items.map(toBackup) };
  }

  async get(databaseId: string, backupId: string): Promise<Backup | undefined> {
    const row = await this.#knex<BackupRow>('backups')
      .where({ database_id: databaseId, id: backupId })
      // Where another repository has it too, that one is as good.
      .orderByRaw(`case when state = 'present' then 0 else 1 end`)
      .orderBy('repository_id')
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
        { column: 'repository_id', order: 'desc' },
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
      .orderBy(['missing_since_ms', 'id', 'repository_id']);
    return rows.map(row => ({
      id: row.id,
      stored: row.repository_id,
      missingSince: new Date(Number(row.missing_since_ms)),
    }));
  }

  async newestPresent(databaseId: string): Promise<Backup | undefined> {
    const newest = () =>
      this.#knex<BackupRow>('backups')
        .where({ database_id: databaseId, state: 'present' })
        .orderBy('stopped_at', 'desc')
        .first();
    const row =
      (await newest().whereNotIn(
        'repository_id',
        this.#knex<InventoryRow>('inventories')
          .where({ database_id: databaseId })
          .whereNotNull('unreachable')
          .select('repository_id'),
      )) ?? (await newest());
    return row && toBackup(row);
  }

  async listSpans(): Promise<ReadonlyMap<string, BackupSpan>> {
    const ends = this.#knex('backups')
      .where({ state: 'present' })
      .groupBy('database_id', 'repository_id')
      .select('database_id', 'repository_id')
      .max('stopped_at as newest');
    const [spans, inventories] = await Promise.all([
      this.#knex
        .from(ends.as('ends'))
        .join('backups as backup', on =>
          on
            .on('backup.database_id', 'ends.database_id')
            .andOn('backup.repository_id', 'ends.repository_id')
            .andOn('backup.stopped_at', 'ends.newest'),
        )
        .where('backup.state', 'present')
        .select<
          {
            readonly database_id: string;
            readonly repository_id: string;
            readonly id: string;
            readonly newest: string;
          }[]
        >('ends.database_id', 'ends.repository_id', 'backup.id', 'ends.newest'),
      this.#knex<InventoryRow>('inventories').select(
        'database_id',
        'repository_id',
        'observed_at',
        'unreachable',
        'restorable',
      ),
    ]);
    return newestOfEach(spans, inventories);
  }

  /** Notes whether a repository answers; gives whether that is news. */
  async noteReachable(
    databaseId: string,
    stored: string,
    unreachable: string | undefined,
  ): Promise<boolean> {
    const row = this.#knex<InventoryRow>('inventories').where({
      database_id: databaseId,
      repository_id: stored,
    });
    const changed =
      unreachable === undefined
        ? await row.whereNotNull('unreachable').update({ unreachable: null })
        : await row.whereNull('unreachable').update({ unreachable });
    return changed > 0;
  }

  /** Forgets what was known of repositories that a database does not have any more. */
  async forgetOthers(
    databaseId: string,
    stored: readonly string[],
  ): Promise<void> {
    for (const table of ['backups', 'inventories']) {
      await this.#knex(table)
        .where({ database_id: databaseId })
        .whereNotIn('repository_id', [...stored])
        .delete();
    }
  }

  async listInventories(
    databaseId: string,
  ): Promise<readonly StoredInventory[]> {
    const rows: InventoryRow[] = await this.#knex<InventoryRow>('inventories')
      .where({ database_id: databaseId })
      .orderBy('repository_id');
    return rows.map(row => ({
      stored: row.repository_id,
      inventory: readJson<Inventory>(row.data),
      ...(row.unreachable === null ? {} : { unreachable: row.unreachable }),
      ...(row.restorable === null
        ? {}
        : { restorable: readJson<RestorableSpan>(row.restorable) }),
    }));
  }

  async getInventory(
    databaseId: string,
    stored: string = FIRST_REPOSITORY,
  ): Promise<Inventory | undefined> {
    const row = await this.#knex<InventoryRow>('inventories')
      .where({ database_id: databaseId, repository_id: stored })
      .first();
    return row && readJson<Inventory>(row.data);
  }
}
