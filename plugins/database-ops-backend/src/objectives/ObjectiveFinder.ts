import { answering, knownRepositories } from '../repositories/knownInventories';
import { BackupReader } from '../backups/types';
import { ReadyDatabase } from '../databases/types';
import { readTogether, spanOf } from '../freshness/freshnessOf';
import { OperationStore } from '../operations/OperationStore';
import { ProofStore } from '../proofs/ProofStore';
import { ObjectiveFacts } from './types';

/** Finds out what is known of a database's objectives, from the tables only. */
export class ObjectiveFinder {
  readonly #backups: BackupReader;
  readonly #operations: OperationStore;
  readonly #proofs: ProofStore;

  constructor(options: {
    readonly backups: BackupReader;
    readonly store: OperationStore;
    readonly proofs: ProofStore;
  }) {
    this.#backups = options.backups;
    this.#operations = options.store;
    this.#proofs = options.proofs;
  }

  async find(database: ReadyDatabase): Promise<ObjectiveFacts> {
    const [claim, proof, losing, measuredRto] = await Promise.all([
      this.#claimOf(database),
      this.#proofs.newestRestored(database.id),
      this.#proofs.newestWithRpo(database.id),
      this.#measuredRto(database.id),
    ]);
    const byProof = proof?.rtoSeconds !== undefined && {
      seconds: proof.rtoSeconds,
      at: proof.endedAt,
      operationId: proof.operationId,
    };
    return {
      ...claim,
      ...(losing?.rpoSeconds !== undefined && {
        provedRpo: { seconds: losing.rpoSeconds, at: losing.endedAt },
      }),
      measuredRto:
        byProof && (!measuredRto || byProof.at > measuredRto.at)
          ? byProof
          : measuredRto,
    };
  }

  async #claimOf(
    database: ReadyDatabase,
  ): Promise<Pick<ObjectiveFacts, 'claimedAt' | 'rpoUnknown'>> {
    const { title, definition, engine, repository } = database;
    const { describe } = engine.engine;
    const { verbs } = describe.capabilities(definition.config);
    if (!verbs.includes('backup') || !repository) {
      return { rpoUnknown: `Backups of ${title} are not taken here` };
    }
    const [known, newest] = await Promise.all([
      knownRepositories(this.#backups, database),
      this.#backups.newestPresent(database.id),
    ]);
    const read = answering(known.filter(({ inventory }) => inventory));
    if (read.length === 0 && !newest) {
      return { rpoUnknown: `The repository of ${title} has not been read yet` };
    }
    const span = spanOf(newest, readTogether(read));
    return span ? { claimedAt: new Date(span.to).toISOString() } : {};
  }

  /** A restore ends when the restored copy has answered queries. */
  async #measuredRto(
    databaseId: string,
  ): Promise<ObjectiveFacts['measuredRto']> {
    const { items } = await this.#operations.list({
      databaseId,
      kind: 'restore',
      state: 'succeeded',
      limit: 1,
    });
    const [{ id, startedAt, endedAt } = { id: '' }] = items;
    return startedAt && endedAt
      ? {
          operationId: id,
          at: endedAt,
          seconds: (Date.parse(endedAt) - Date.parse(startedAt)) / 1000,
        }
      : undefined;
  }
}
