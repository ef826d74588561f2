import { Signal } from 'backstage-plugin-database-ops-common';
import {
  expireRequestSchema,
  signalOf,
} from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { BackupStore, MissingBackup } from '../backups/BackupStore';
import { readJson } from '../database/json';
import { DatabaseIdentity, ReadyDatabase } from '../databases/types';
import { repositoryIdOf, storedAs } from '../repositories/repositoriesOf';
import { SignalSource } from '../monitoring/types';
import { Announcements } from '../notify/Announcements';
import { OperationRow } from '../operations/rows';

/** People look into it within days; later it is history. */
const REMEMBERED_DAYS = 7;
const DAY_MS = 86_400_000;
const SHOWN = 5;

/** Backups that are gone though no operation of retention removed them. */
export class VanishedBackups implements SignalSource {
  readonly id = 'backups-vanished';
  readonly title = 'Vanished backups';
  readonly #knex: Knex;
  readonly #backups: BackupStore;
  readonly #announcements: Announcements;
  readonly #clock: () => Date;

  constructor(options: {
    readonly knex: Knex;
    readonly backups: BackupStore;
    readonly announcements: Announcements;
    readonly clock: () => Date;
  }) {
    this.#knex = options.knex;
    this.#backups = options.backups;
    this.#announcements = options.announcements;
    this.#clock = options.clock;
  }

  /** Of the last week, oldest first. */
  async list(database: DatabaseIdentity): Promise<readonly MissingBackup[]> {
    const missing = await this.#backups.listMissing(
      database.id,
      new Date(this.#clock().getTime() - REMEMBERED_DAYS * DAY_MS),
    );
    if (missing.length === 0) {
      return [];
    }
    const expired = await this.#expired(database);
    return missing.filter(({ id, stored }) => !expired.get(stored)?.has(id));
  }

  /** Tells about each once, however many replicas notice. */
  async announce(database: ReadyDatabase): Promise<void> {
    for (const { id: backupId, stored } of await this.list(database)) {
      const repositoryId = repositoryIdOf(database, stored);
      await this.#announcements.announce({
        event: 'backup-vanished',
        databaseId: database.id,
        title: `A backup of ${database.title} is gone`,
        description: `Backup '${backupId}' is not in repository '${repositoryId}' any more, and no retention removed it. Find out who deleted it; where versions are kept, 'dbops repository undelete' brings it back.`,
        scope: `${database.id}:backup-vanished`,
        onceKey: `backup-vanished:${database.id}/${repositoryId}/${backupId}`,
      });
    }
  }

  async read(database: ReadyDatabase, now: Date): Promise<readonly Signal[]> {
    if (!database.repository) {
      return [];
    }
    const gone = await this.list(database);
    const facts = {
      id: this.id,
      title: this.title,
      value: gone.length,
      observedAt: now,
    };
    if (gone.length === 0) {
      return [];
    }
    const isLast = !(await this.#backups.newestPresent(database.id));
    const more = gone.length > SHOWN ? ` and ${gone.length - SHOWN} more` : '';
    return [
      signalOf(isLast ? 'critical' : 'warning', {
        ...facts,
        sentence: `Backups of ${database.title} are gone from the repository though no retention removed them: ${gone
          .slice(0, SHOWN)
          .map(({ id, stored }) => (stored ? `${id} (${stored})` : id))
          .join(', ')}${more}${isLast ? '; none is left' : ''}.`,
      }),
    ];
  }

  /** By repository, what retention was told to remove there, whether it came to its end or not. */
  async #expired(
    database: DatabaseIdentity,
  ): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const rows = await this.#knex<OperationRow>('operations')
      .where({ database_id: database.id, kind: 'expire' })
      .whereNotNull('started_at')
      .where(
        'requested_at',
        '>',
        new Date(
          this.#clock().getTime() - 2 * REMEMBERED_DAYS * DAY_MS,
        ).toISOString(),
      )
      .select('parameters', 'repository_id');
    const expired = new Map<string, Set<string>>();
    for (const row of rows) {
      const request = expireRequestSchema.safeParse(readJson(row.parameters));
      const stored = storedAs(database, row.repository_id);
      const removed = expired.get(stored) ?? new Set();
      expired.set(stored, removed);
      (request.success ? request.data.remove : []).forEach(id =>
        removed.add(id),
      );
    }
    return expired;
  }
}
