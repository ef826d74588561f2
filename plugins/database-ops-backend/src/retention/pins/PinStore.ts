import { Pin } from 'backstage-plugin-database-ops-common';
import { isPinActive } from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';

interface PinRow {
  readonly id: string;
  readonly database_id: string;
  readonly backup_id: string;
  readonly reason: string;
  readonly legal_hold: boolean | number;
  readonly until: string | null;
  readonly created_by: string;
  readonly created_at: string;
  readonly ended_by: string | null;
  readonly ended_at: string | null;
}

/** Pins, the ended ones too. */
export class PinStore {
  readonly #knex: Knex;
  readonly #clock: () => Date;

  constructor(options: { readonly knex: Knex; readonly clock: () => Date }) {
    this.#knex = options.knex;
    this.#clock = options.clock;
  }

  /** Newest first. */
  async list(
    databaseId: string,
    knex: Knex = this.#knex,
  ): Promise<readonly Pin[]> {
    const rows: PinRow[] = await knex<PinRow>('pins')
      .where({ database_id: databaseId })
      .orderBy([
        { column: 'created_at', order: 'desc' },
        { column: 'id', order: 'desc' },
      ]);
    return rows.map(toPin);
  }

  /** Those that keep their backup now. */
  async listActive(databaseId: string, knex?: Knex): Promise<readonly Pin[]> {
    const now = this.#clock();
    const pins = await this.list(databaseId, knex);
    return pins.filter(pin => isPinActive(pin, now));
  }

  async get(pinId: string): Promise<Pin | undefined> {
    const row = await this.#knex<PinRow>('pins').where({ id: pinId }).first();
    return row && toPin(row);
  }

  /** One that is there already only learns that it ended; an end is never taken back. */
  async put(trx: Knex.Transaction, pin: Pin): Promise<void> {
    await trx<PinRow>('pins').insert(toRow(pin)).onConflict('id').ignore();
    if (pin.endedAt !== undefined) {
      await trx<PinRow>('pins')
        .where({ id: pin.id })
        .whereNull('ended_at')
        .update({ ended_at: pin.endedAt, ended_by: pin.endedBy ?? null });
    }
  }
}

function toPin(row: PinRow): Pin {
  return {
    id: row.id,
    databaseId: row.database_id,
    backupId: row.backup_id,
    reason: row.reason,
    // SQLite has no booleans.
    legalHold: Boolean(row.legal_hold),
    ...(row.until === null ? {} : { until: row.until }),
    createdBy: row.created_by,
    createdAt: row.created_at,
    ...(row.ended_by === null ? {} : { endedBy: row.ended_by }),
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
  };
}

function toRow(pin: Pin): PinRow {
  return {
    id: pin.id,
    database_id: pin.databaseId,
    backup_id: pin.backupId,
    reason: pin.reason,
    legal_hold: pin.legalHold,
    until: pin.until ?? null,
    created_by: pin.createdBy,
    created_at: pin.createdAt,
    ended_by: pin.endedBy ?? null,
    ended_at: pin.endedAt ?? null,
  };
}
