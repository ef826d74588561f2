import { InputError } from '@backstage/errors';
import {
  ObjectStore,
  repositoryKeys,
} from 'backstage-plugin-database-ops-node';
import { z } from 'zod';

const demandSchema = z.object({
  version: z.literal(1),
  reason: z.string(),
  at: z.string(),
  /** When a full backup was taken: a worker may have no right to delete. */
  metAt: z.string().optional(),
});

/**
 * The wish that the next backup be a full one. It lies in the repository, so
 * that it holds for whoever takes that backup: a portal, a CronJob, a shell.
 */
export class FullDemand {
  readonly #store: ObjectStore;
  readonly #key: string;

  constructor(store: ObjectStore, databaseId: string) {
    this.#store = store;
    this.#key = repositoryKeys.fullDemand(databaseId);
  }

  /** Why, when there is one. */
  async read(): Promise<string | undefined> {
    const found = await this.#store.get(this.#key);
    if (!found) {
      return undefined;
    }
    try {
      const demand = demandSchema.parse(
        JSON.parse(found.body.toString('utf8')),
      );
      return demand.metAt === undefined ? demand.reason : undefined;
    } catch (thrown) {
      throw new InputError(
        `Object '${this.#key}' of the repository cannot be read; delete it, then take a full backup.`,
        thrown,
      );
    }
  }

  async make(reason: string, now: Date): Promise<void> {
    await this.#write({ version: 1, reason, at: now.toISOString() });
  }

  async end(reason: string, now: Date): Promise<void> {
    const at = now.toISOString();
    await this.#write({ version: 1, reason, at, metAt: at });
  }

  async #write(demand: z.output<typeof demandSchema>): Promise<void> {
    await this.#store.put(this.#key, `${JSON.stringify(demand)}\n`, {
      contentType: 'application/json',
    });
  }
}
