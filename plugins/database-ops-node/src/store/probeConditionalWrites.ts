import { randomUUID } from 'node:crypto';
import { ConflictError } from '@backstage/errors';
import { OperationFailedError } from '../failure/OperationFailedError';
import { ObjectStore, WriteCondition } from './ObjectStore';

const RACERS = 5;

/**
 * Refuses a store whose conditional writes do not hold: on such a one, two
 * workers could hold the lease of one database.
 *
 * @param store - the store
 * @param prefix - where the probe's objects go, for example the control prefix
 * @param options - `racers`: how many create the same object at once, 5 when
 * absent; with 1 it takes seven small requests
 * @throws OperationFailedError naming the condition that was not kept
 * @public
 */
export async function probeConditionalWrites(
  store: ObjectStore,
  prefix: string,
  options: { readonly racers?: number } = {},
): Promise<void> {
  const { racers = RACERS } = options;
  const key = `${prefix}probe/conditional-${randomUUID()}`;
  try {
    const raced = await Promise.all(
      Array.from({ length: racers }, (_, racer) =>
        wins(store, key, `${racer}`, 'absent'),
      ),
    );
    const winners = raced.filter(won => won !== undefined);
    if (winners.length !== 1) {
      refuse(
        `${winners.length} of ${racers} writers created the same object (If-None-Match: *)`,
      );
    }
    const [first] = winners;
    if (await wins(store, key, 'again', 'absent')) {
      refuse('an object that exists was created again (If-None-Match: *)');
    }
    const second = await wins(store, key, 'second', { etag: first! });
    if (second === undefined) {
      refuse('a write with the current ETag was refused (If-Match)');
    }
    if (await wins(store, key, 'stale', { etag: first! })) {
      refuse('a write with a stale ETag was accepted (If-Match)');
    }
  } finally {
    await store.delete(key);
  }
}

async function wins(
  store: ObjectStore,
  key: string,
  body: string,
  condition: WriteCondition,
): Promise<string | undefined> {
  try {
    return (await store.put(key, body, { condition })).etag;
  } catch (error) {
    if (!(error instanceof ConflictError)) {
      throw error;
    }
    // A retry after a lost answer meets its own first write.
    const present = await store.get(key);
    return present?.body.toString('utf8') === body ? present.etag : undefined;
  }
}

function refuse(observation: string): never {
  throw new OperationFailedError({
    cause: `The object store does not keep conditional writes: ${observation}.`,
    nextStep:
      'Use a store or a version of it that does; leases cannot be kept on this one.',
    code: 'repository-conditional-writes',
  });
}
