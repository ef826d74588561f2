import { InputError } from '@backstage/errors';
import {
  assertPlanDone,
  assertPlanHolds,
  describeFailure,
  Engine,
  ExpireRequest,
  expireRequestSchema,
  Inventory,
  isPinActive,
  OperationFailedError,
  readPins,
} from 'backstage-plugin-database-ops-node';
import { z } from 'zod';
import type { Work } from './carryOut';

/**
 * Removes what a plan names. The plan is held against the repository as it is
 * under the lease before, and the repository against the plan after.
 *
 * @param takeInventory - reads the repository and writes what it found there
 */
export async function expireBackups(
  { spec, target, context }: Work,
  expire: NonNullable<Engine['operate']['expire']>,
  takeInventory: () => Promise<Inventory>,
): Promise<object> {
  const { store, signal, logger, clock, progress } = context;
  const request = readRequest(spec.parameters);
  progress({ step: 'Reading the repository', percent: 0 });
  const before = await takeInventory();
  const pins = await readPins(store, target.database.id);
  assertPlanHolds(request, before, pins, clock());
  const held = pins.filter(pin => isPinActive(pin, clock())).length;
  logger.info(
    `Plan ${request.planHash} holds: ${request.remove.length} backups go, ${request.keep.length} stay, ${held} are pinned.`,
  );
  signal.throwIfAborted();
  progress({ step: 'Removing', percent: 10 });
  const outcome = await expire(target, request, context).catch(error => {
    throw explainDenial(error, target.repository.id);
  });
  signal.throwIfAborted();
  progress({ step: 'Reading the repository again', percent: 90 });
  const inventory = await takeInventory();
  assertPlanDone(request, before, inventory);
  const there = new Set(before.backups.map(({ id }) => id));
  return {
    expired: {
      ...outcome,
      planHash: request.planHash,
      removed: request.remove.filter(id => there.has(id)),
      freedBytes: before.backups
        .filter(({ id }) => request.remove.includes(id))
        .reduce((sum, one) => sum + (one.repositorySizeBytes ?? 0), 0),
    },
    inventory,
  };
}

/** What S3 stores and tools over them say when an account may not delete. */
const DENIED = /AccessDenied|denied access|Forbidden|\b403\b/;

function explainDenial(thrown: unknown, repositoryId: string): unknown {
  const { cause } = describeFailure(thrown, { object: '' });
  return DENIED.test(cause)
    ? new OperationFailedError(
        {
          cause: `The account of the repository may not remove backups: ${cause}`,
          object: `repository ${repositoryId}`,
          nextStep: `Name an account that may delete under databaseOps.repositories.${repositoryId}.retention, or allow it in the bucket's policy, and start it again: nothing that was to stay is touched.`,
          code: 'repository-delete-denied',
        },
        thrown,
      )
    : thrown;
}

function readRequest(parameters: unknown): ExpireRequest {
  const parsed = expireRequestSchema.safeParse(parameters);
  if (!parsed.success) {
    throw new InputError(
      `An expire needs the plan that it carries out: ${z.prettifyError(parsed.error)}. Start it from the retention preview.`,
    );
  }
  return parsed.data;
}
