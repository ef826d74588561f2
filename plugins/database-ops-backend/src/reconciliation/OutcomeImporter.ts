import { InputError } from '@backstage/errors';
import { LoggerService } from '@backstage/backend-plugin-api';
import { OPERATION_KINDS } from 'backstage-plugin-database-ops-common';
import {
  InventoryStore,
  OperationFailedError,
  OperationOutcome,
} from 'backstage-plugin-database-ops-node';
import { toError } from '@backstage/errors';
import { Knex } from 'knex';
import { z } from 'zod';
import { AuditLog } from '../audit/AuditLog';
import { aKind } from '../operations/aKind';
import { withoutInventory } from '../operations/OperationJournal';
import { HistorySettings } from '../operations/pruneHistory';
import { priorityOf } from '../operations/queue/priorities';
import { OperationRow } from '../operations/rows';
import { readProof } from '../proofs/readProof';
import { ProofStore } from '../proofs/ProofStore';

/** How many ids one question carries. */
const CHUNK = 500;

/** What a repository says is only as good as who may write there. */
const ACTOR = 'service:database-ops';

const time = z
  .string()
  .refine(text => !Number.isNaN(Date.parse(text)), 'expected a time');

const outcomeSchema = z.looseObject({
  operationId: z.string().min(1).max(36),
  databaseId: z.string(),
  kind: z.enum(OPERATION_KINDS),
  state: z.enum(['succeeded', 'failed', 'cancelled', 'interrupted']),
  requestedBy: z.string().min(1).max(255),
  startedAt: time,
  endedAt: time,
});

/**
 * Takes over what operations left in a repository and the tables do not know:
 * those of a shell or another portal, and all of them when tables were lost.
 */
export class OutcomeImporter {
  readonly #knex: Knex;
  readonly #proofs: ProofStore;
  readonly #audit: AuditLog;
  readonly #logger: LoggerService;
  readonly #clock: () => Date;
  readonly #history: HistorySettings;
  /** Keys of outcomes that are too old; they grow no younger. */
  readonly #over = new Set<string>();

  constructor(options: {
    readonly knex: Knex;
    readonly proofs: ProofStore;
    readonly audit: AuditLog;
    readonly logger: LoggerService;
    readonly clock: () => Date;
    readonly settings: { readonly history: HistorySettings };
  }) {
    this.#knex = options.knex;
    this.#proofs = options.proofs;
    this.#audit = options.audit;
    this.#logger = options.logger;
    this.#clock = options.clock;
    this.#history = options.settings.history;
  }

  /** Gives what was new; one that cannot be read stops no other. */
  async import(
    repository: InventoryStore,
    databaseId: string,
    stored: string,
  ): Promise<readonly OperationOutcome[]> {
    const ids: string[] = [];
    for await (const id of repository.listOutcomeIds(databaseId)) {
      ids.push(id);
    }
    const imported: OperationOutcome[] = [];
    const candidates = ids.filter(id => !this.#over.has(`${databaseId}/${id}`));
    for (const id of await this.#unknownOf(candidates)) {
      try {
        const outcome = await repository.readOutcome(databaseId, id);
        if (outcome && this.#isOver(outcome)) {
          this.#over.add(`${databaseId}/${id}`);
        } else if (
          outcome &&
          (await this.#take(outcome, { databaseId, id, stored }))
        ) {
          imported.push(outcome);
        }
      } catch (thrown) {
        if (thrown instanceof OperationFailedError) {
          // The repository itself: the next round goes on.
          throw thrown;
        }
        this.#logger.warn(
          `The outcome of operation '${id}' of database '${databaseId}' was not taken over: ${toError(thrown).message}`,
        );
      }
    }
    return imported;
  }

  /** What this portal would remove from its history at once. */
  #isOver({ endedAt }: OperationOutcome): boolean {
    const ageMs = this.#clock().getTime() - Date.parse(endedAt);
    return ageMs > this.#history.operationsSeconds * 1000;
  }

  async #unknownOf(ids: readonly string[]): Promise<readonly string[]> {
    const known = new Set<string>();
    for (let start = 0; start < ids.length; start += CHUNK) {
      const rows = await this.#knex<OperationRow>('operations')
        .whereIn('id', ids.slice(start, start + CHUNK))
        .select('id');
      rows.forEach(({ id }) => known.add(id));
    }
    return ids.filter(id => !known.has(id));
  }

  /** False when another replica was first. */
  async #take(
    outcome: OperationOutcome,
    expected: {
      readonly databaseId: string;
      readonly id: string;
      /** The repository that holds it, as the tables know it. */
      readonly stored: string;
    },
  ): Promise<boolean> {
    const parsed = outcomeSchema.safeParse(outcome);
    if (
      !parsed.success ||
      outcome.operationId !== expected.id ||
      outcome.databaseId !== expected.databaseId
    ) {
      throw new InputError(
        parsed.error ? z.prettifyError(parsed.error) : 'it is of another one',
      );
    }
    const { operationId: id, databaseId, kind, state, requestedBy } = outcome;
    const instant = (text: string) => new Date(text).toISOString();
    return this.#audit.record(async trx => {
      const taken = await trx<OperationRow>('operations')
        .insert({
          id,
          database_id: databaseId,
          repository_id: expected.stored || null,
          kind,
          state,
          parameters: JSON.stringify(outcome.parameters ?? {}),
          requested_by: requestedBy,
          // What is known of it begins with its worker.
          requested_at: instant(outcome.startedAt),
          started_at: instant(outcome.startedAt),
          ended_at: instant(outcome.endedAt),
          result: outcome.result
            ? JSON.stringify(withoutInventory(outcome.result))
            : null,
          failure: outcome.failure ? JSON.stringify(outcome.failure) : null,
          idempotency_key: `imported:${id}`,
          priority: priorityOf(kind),
        })
        .onConflict()
        .ignore()
        .returning('id');
      if (taken.length === 0) {
        return { value: false };
      }
      if (kind === 'verify' && state === 'succeeded') {
        await this.#proofs.recordImported(
          trx,
          readProof(outcome.result?.proof, {
            id,
            databaseId,
            repositoryId: expected.stored || undefined,
          }),
        );
      }
      return {
        value: true,
        entry: {
          actor: ACTOR,
          action: 'operation.import',
          databaseId,
          operationId: id,
          outcome: state === 'succeeded' ? 'succeeded' : 'failed',
          sentence: `The repository holds ${aKind(kind)} of database '${databaseId}', by ${requestedBy} as it says, that this portal did not know; it ${state === 'succeeded' ? 'succeeded' : `ended ${state}`} at ${instant(outcome.endedAt)}.`,
          details: { claimedRequester: requestedBy },
        },
      };
    });
  }
}
