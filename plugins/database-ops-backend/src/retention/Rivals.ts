import { Operation, OperationKind } from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { ActiveOperationError } from '../operations/ActiveOperationError';
import { aKind } from '../operations/aKind';
import { OperationStore } from '../operations/OperationStore';
import { ExpiringBackups, WantedBackups } from './ExpiringBackups';
import { DatabaseIdentity } from '../databases/types';
import { PinStore } from './pins/PinStore';
import { KINDS_THAT_READ } from './users';

/** Something came that a request was not judged beside; to be judged again. */
export class JudgedTooEarlyError extends ActiveOperationError {}

/**
 * Who removes backups, and who needs them: what is asked for is judged beside
 * the others that there are. Of two that are asked for at the same instant,
 * neither of which knew of the other, only the first may stand.
 */
export class Rivals {
  readonly #operations: Pick<OperationStore, 'listActive'>;
  readonly #expiring: ExpiringBackups;
  readonly #pins: Pick<PinStore, 'listActive'>;

  constructor(options: {
    readonly operations: Pick<OperationStore, 'listActive'>;
    readonly expiring: ExpiringBackups;
    readonly pins: Pick<PinStore, 'listActive'>;
  }) {
    this.#operations = options.operations;
    this.#expiring = options.expiring;
    this.#pins = options.pins;
  }

  /** Ids of those that a request of a kind is judged beside; to be asked for before it is judged. */
  async known(
    databaseId: string,
    kind: OperationKind,
  ): Promise<readonly string[]> {
    if (rivalsOf(kind).length === 0) {
      return [];
    }
    const operations = await this.#operationsAgainst(databaseId, kind);
    const pins = await this.#pinsAgainst(databaseId, kind);
    return [...operations, ...pins].map(({ id }) => id);
  }

  /**
   * To be called with the operation's own row written: the second of two sees
   * the first.
   *
   * @throws JudgedTooEarlyError naming one that came since
   */
  async assertNoneCame(
    trx: Knex.Transaction,
    operation: Operation,
    known: readonly string[],
  ): Promise<void> {
    const { databaseId, kind } = operation;
    if (rivalsOf(kind).length === 0) {
      return;
    }
    await oneAfterTheOther(trx, databaseId);
    const isNew = ({ id }: { readonly id: string }) => !known.includes(id);
    const came = (await this.#operationsAgainst(databaseId, kind, trx)).find(
      isNew,
    );
    if (came) {
      throw new JudgedTooEarlyError(
        came,
        `${aKind(came.kind, 'A')} of database '${databaseId}', operation ${came.id}, was requested at the same moment; wait for its end or cancel it, then request the ${kind} again.`,
      );
    }
    const pin = (await this.#pinsAgainst(databaseId, kind, trx)).find(isNew);
    if (pin) {
      throw new JudgedTooEarlyError(
        operation,
        `Backup '${pin.backupId}' of database '${databaseId}' was pinned at the same moment; request the ${kind} again.`,
      );
    }
  }

  /**
   * {@link ExpiringBackups.assertStays} of what is promised in this very
   * transaction, to be called after it was written.
   */
  async assertStays(
    trx: Knex.Transaction,
    database: DatabaseIdentity,
    wanted: WantedBackups,
  ): Promise<void> {
    await oneAfterTheOther(trx, database.id);
    await this.#expiring.assertStays(database, wanted, trx);
  }

  async #operationsAgainst(
    databaseId: string,
    kind: OperationKind,
    trx?: Knex.Transaction,
  ): Promise<readonly Operation[]> {
    const active = await this.#operations.listActive(trx);
    return active.filter(
      other =>
        other.databaseId === databaseId && rivalsOf(kind).includes(other.kind),
    );
  }

  async #pinsAgainst(
    databaseId: string,
    kind: OperationKind,
    trx?: Knex.Transaction,
  ) {
    return kind === 'expire' ? this.#pins.listActive(databaseId, trx) : [];
  }
}

/** A backup is none: it takes the lease after the removal, and its base then. */
function rivalsOf(kind: OperationKind): readonly OperationKind[] {
  if (kind === 'expire') {
    return KINDS_THAT_READ;
  }
  return KINDS_THAT_READ.includes(kind) ? ['expire'] : [];
}

/** Whoever has backups has rows of inventories: the one in front is seen by the one behind. */
async function oneAfterTheOther(
  trx: Knex.Transaction,
  databaseId: string,
): Promise<void> {
  await trx('inventories')
    .where({ database_id: databaseId })
    .orderBy('repository_id')
    .forUpdate()
    .select('repository_id');
}
