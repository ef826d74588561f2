import { InputError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import {
  Inventory,
  InstanceOutcome,
  RestoreOutcome,
} from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { z } from 'zod';
import { BackupStore } from '../backups/BackupStore';
import { DatabaseCatalog } from '../databases/types';
import { FIRST_REPOSITORY, storedAs } from '../repositories/repositoriesOf';
import { ProofStore } from '../proofs/ProofStore';
import { readProof } from '../proofs/readProof';
import { RestoredInstanceStore } from '../restored-instances/RestoredInstanceStore';
import { OperationRow } from './rows';

const time = z
  .string()
  .refine(text => !Number.isNaN(Date.parse(text)), 'expected a time');

const inventorySchema = z.looseObject({
  version: z.literal(1),
  databaseId: z.string(),
  observedAt: time,
  backups: z.array(
    z.looseObject({
      id: z.string(),
      type: z.string(),
      startedAt: time,
      stoppedAt: time,
      chain: z.array(z.string()),
      state: z.enum(['present', 'missing', 'damaged']),
    }),
  ),
  logs: z.array(z.looseObject({})),
});

const restoreSchema = z.looseObject({
  mode: z.enum(['new-place', 'in-place']).optional(),
  backupId: z.string(),
  state: z.enum(['recovering', 'paused', 'running']),
  directory: z.string(),
  expiresAt: time,
  connection: z.looseObject({}),
  facts: z.looseObject({}),
});

/**
 * Reads an inventory that a worker wrote.
 *
 * @throws InputError when it is none of that database.
 */
export function readInventory(value: unknown, databaseId: string): Inventory {
  const parsed = inventorySchema.safeParse(value);
  if (!parsed.success || parsed.data.databaseId !== databaseId) {
    throw new InputError(
      `The inventory of database '${databaseId}' cannot be read: ${parsed.error ? z.prettifyError(parsed.error) : `it is that of '${parsed.data.databaseId}'`}. Run an inventory to write it anew.`,
    );
  }
  return parsed.data as unknown as Inventory;
}

const instanceSchema = z.looseObject({
  state: z.enum(['recovering', 'paused', 'running', 'promoted']),
  moment: z.looseObject({ time }).optional(),
  connection: z.looseObject({}).optional(),
  facts: z.looseObject({}).optional(),
});

function readInstance(value: unknown): InstanceOutcome {
  const parsed = instanceSchema.safeParse(value);
  if (!parsed.success) {
    throw new InputError(
      `The worker's account of the restored instance cannot be read: ${z.prettifyError(parsed.error)}`,
    );
  }
  return parsed.data as unknown as InstanceOutcome;
}

function readRestore(value: unknown): RestoreOutcome {
  const parsed = restoreSchema.safeParse(value);
  if (!parsed.success) {
    throw new InputError(
      `The worker's account of the restored instance cannot be read: ${z.prettifyError(parsed.error)}`,
    );
  }
  return parsed.data as unknown as RestoreOutcome;
}

/** Keeps what an operation that succeeded established. */
export class ResultRecorder {
  readonly #databases: DatabaseCatalog;
  readonly #backups: BackupStore;
  readonly #instances: RestoredInstanceStore;
  readonly #proofs: ProofStore;

  constructor(options: {
    readonly databases: DatabaseCatalog;
    readonly backups: BackupStore;
    readonly instances: RestoredInstanceStore;
    readonly proofs: ProofStore;
  }) {
    this.#databases = options.databases;
    this.#backups = options.backups;
    this.#instances = options.instances;
    this.#proofs = options.proofs;
  }

  /** Notes that an advance may have moved an instance, though not to its target. */
  async recordHalfMoved(
    trx: Knex.Transaction,
    instanceId: string,
    because: string,
  ): Promise<void> {
    await this.#instances.forgetMoment(trx, instanceId, because);
  }

  /** Notes that a restored instance's host is gone. */
  async recordLost(trx: Knex.Transaction, instanceId: string): Promise<void> {
    await this.#instances.markLost(trx, instanceId);
  }

  /**
   * Notes that the source of a restore in place may be stopped or kept aside:
   * its worker ended without saying so. A discard puts it back.
   */
  async recordUnsettled(
    trx: Knex.Transaction,
    operation: OperationRow,
    expiresAt: Date,
  ): Promise<void> {
    await this.#instances.add(trx, {
      id: operation.id,
      databaseId: operation.database_id,
      repositoryId: this.#storedAs(operation) || undefined,
      operationId: operation.id,
      mode: 'in-place',
      state: 'lost',
      executor: operation.executor ?? undefined,
      host: operation.executor_host ?? '',
      directory: '',
      expiresAt: expiresAt.toISOString(),
      facts: { mode: 'in-place' },
    });
  }

  /** @throws InputError when the result lacks what its kind establishes. */
  async record(
    trx: Knex.Transaction,
    operation: OperationRow,
    parameters: JsonObject,
    result: JsonObject,
  ): Promise<void> {
    const databaseId = operation.database_id;
    switch (operation.kind) {
      case 'backup':
      case 'expire':
      case 'inventory':
        await this.#backups.applyInventory(
          trx,
          readInventory(result.inventory, databaseId),
          this.#storedAs(operation),
        );
        break;
      case 'restore': {
        const restored = readRestore(result.restoredInstance);
        await this.#instances.add(trx, {
          id: operation.id,
          databaseId,
          repositoryId: this.#storedAs(operation) || undefined,
          operationId: operation.id,
          mode: restored.mode,
          backupId: restored.backupId,
          moment: restored.moment,
          state: restored.state,
          executor: operation.executor ?? undefined,
          host: operation.executor_host ?? '',
          directory: restored.directory,
          sizeBytes: restored.sizeBytes,
          expiresAt: restored.expiresAt,
          connection: restored.connection,
          facts: restored.facts,
        });
        break;
      }
      case 'verify':
        await this.#proofs.record(
          trx,
          readProof(result.proof, {
            id: operation.id,
            databaseId,
            repositoryId: this.#storedAs(operation) || undefined,
          }),
        );
        break;
      case 'advance':
      case 'promote':
        await this.#instances.change(
          trx,
          String(parameters.restoredInstanceId),
          readInstance(result.restoredInstance),
        );
        break;
      case 'discard':
        await this.#instances.markDiscarded(
          trx,
          String(parameters.restoredInstanceId),
        );
        break;
      default:
        break;
    }
  }

  /** The repository that the operation worked on, as the tables know it. */
  #storedAs({ database_id: id, repository_id }: OperationRow): string {
    const database = this.#databases.get(id);
    return database ? storedAs(database, repository_id) : FIRST_REPOSITORY;
  }
}
