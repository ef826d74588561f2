import { InputError } from '@backstage/errors';
import {
  MaintenanceMode,
  OperationKind,
} from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { DateTime } from 'luxon';

/** The scope of all databases. */
export const GLOBAL_SCOPE = 'global';

/**
 * What a person may have done in spite of a database's maintenance mode: they
 * ask because of the outage that it may be there for. Everything waits in the
 * global one.
 */
export const PASSING_KINDS: readonly OperationKind[] = [
  'restore',
  'advance',
  'promote',
  'discard',
];

interface MaintenanceRow {
  readonly scope: string;
  readonly reason: string;
  readonly started_by: string;
  readonly started_at: string;
  readonly until: string;
}

function toMode(row: MaintenanceRow): MaintenanceMode {
  return {
    scope: row.scope,
    reason: row.reason,
    startedBy: row.started_by,
    startedAt: row.started_at,
    until: row.until,
  };
}

/**
 * Scopes of which nothing is claimed from the queue for a while; what runs
 * goes on. One past its end holds no more, whether or not its row is there.
 */
export class MaintenanceModes {
  readonly #knex: Knex;
  readonly #clock: () => Date;

  constructor(options: { readonly knex: Knex; readonly clock: () => Date }) {
    this.#knex = options.knex;
    this.#clock = options.clock;
  }

  /** Those that hold now, in order of scope. */
  async list(knex: Knex = this.#knex): Promise<readonly MaintenanceMode[]> {
    const rows: MaintenanceRow[] = await knex<MaintenanceRow>(
      'maintenance_modes',
    )
      .where('until', '>', this.#clock().toISOString())
      .orderBy('scope');
    return rows.map(toMode);
  }

  /** What holds for a database: its own, else the global one. */
  async of(databaseId: string): Promise<MaintenanceMode | undefined> {
    const modes = await this.list();
    return (
      modes.find(({ scope }) => scope === databaseId) ??
      modes.find(({ scope }) => scope === GLOBAL_SCOPE)
    );
  }

  /**
   * Starts one, or gives one that holds another reason and end.
   *
   * @throws InputError when its end is no time or has passed.
   */
  async start(
    trx: Knex.Transaction,
    wanted: Pick<MaintenanceMode, 'scope' | 'reason' | 'until' | 'startedBy'>,
  ): Promise<MaintenanceMode> {
    const now = this.#clock();
    const until = DateTime.fromISO(wanted.until, { zone: 'utc' });
    if (!until.isValid || until.toMillis() <= now.getTime()) {
      throw new InputError(
        `The end of the maintenance mode is '${wanted.until}'; give a time after now, such as ${new Date(now.getTime() + 3_600_000).toISOString()}.`,
      );
    }
    const row: MaintenanceRow = {
      scope: wanted.scope,
      reason: wanted.reason,
      started_by: wanted.startedBy,
      started_at: now.toISOString(),
      until: until.toJSDate().toISOString(),
    };
    await trx<MaintenanceRow>('maintenance_modes')
      .insert(row)
      .onConflict('scope')
      .merge();
    return toMode(row);
  }

  /** Ends one; gives what it was, `undefined` when none held. */
  async end(
    trx: Knex.Transaction,
    scope: string,
  ): Promise<MaintenanceMode | undefined> {
    const row = await trx<MaintenanceRow>('maintenance_modes')
      .where({ scope })
      .first();
    await trx<MaintenanceRow>('maintenance_modes').where({ scope }).delete();
    return row && row.until > this.#clock().toISOString()
      ? toMode(row)
      : undefined;
  }
}
