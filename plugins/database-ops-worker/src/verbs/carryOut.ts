import { constants, setPriority } from 'node:os';
import { InputError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import {
  Engine,
  Inventory,
  InventoryStore,
  OperateTarget,
  RestoredInstanceReference,
  RunContext,
  WorkerSpec,
} from 'backstage-plugin-database-ops-node';
import { expireBackups } from './expireBackups';
import { takeBackup } from './takeBackup';

/** What a verb is carried out on. */
export interface Work {
  readonly engine: Engine;
  readonly spec: WorkerSpec;
  readonly target: OperateTarget<unknown>;
  readonly context: RunContext;
}

const VERBS: Readonly<Record<string, (work: Work) => Promise<object>>> = {
  inventory: async work => ({ inventory: await takeInventory(work) }),
  backup: async work =>
    takeBackup(work, present(work.engine.operate.backup, 'backup'), () =>
      takeInventory(work),
    ),
  restore: async ({ engine, target, spec, context }) => ({
    restoredInstance: await present(engine.operate.restore, 'restore')(
      target,
      spec.parameters,
      context,
    ),
  }),
  expire: async work =>
    expireBackups(work, present(work.engine.operate.expire, 'expire'), () =>
      takeInventory(work),
    ),
  verify: async ({ engine, target, spec, context }) => {
    // What it starts inherits this: a proof can wait, what else runs here cannot.
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
    const verify = present(engine.operate.verify, 'verify');
    return verify(target, spec.parameters, context);
  },
  maintain: async ({ engine, target, spec, context }) => ({
    maintained: await present(engine.operate.maintain, 'maintain')(
      target,
      spec.parameters,
      context,
    ),
  }),
  rotate: async ({ engine, target, spec, context }) => ({
    rotated: await present(engine.operate.rotate, 'rotate')(
      target,
      spec.parameters,
      context,
    ),
  }),
  advance: async ({ engine, target, spec, context }) => ({
    restoredInstance: await present(engine.operate.advance, 'advance')(
      target,
      instanceOf(spec),
      spec.parameters,
      context,
    ),
  }),
  promote: async ({ engine, target, spec, context }) => ({
    restoredInstance: await present(engine.operate.promote, 'promote')(
      target,
      instanceOf(spec),
      spec.parameters,
      context,
    ),
  }),
  discard: async ({ engine, target, spec, context }) => {
    const discard = present(engine.operate.discard, 'discard');
    await discard(target, instanceOf(spec), context);
    return { discarded: true };
  },
};

/**
 * Carries out the spec's verb and gives its result.
 *
 * @throws InputError when the engine lacks the verb.
 */
export async function carryOut(work: Work): Promise<JsonObject> {
  const { engine, spec, target } = work;
  const { verbs } = engine.describe.capabilities(target.database.config);
  const verb = Object.hasOwn(VERBS, spec.kind) ? VERBS[spec.kind] : undefined;
  if (!verb || !verbs.includes(spec.kind)) {
    throw new InputError(
      `Engine '${engine.describe.kind}' has no verb '${spec.kind}'; it has ${verbs.join(', ') || 'none'}.`,
    );
  }
  return asJson(await verb(work));
}

/** @throws InputError when the spec names none */
function instanceOf(spec: WorkerSpec): RestoredInstanceReference {
  if (!spec.restoredInstance) {
    throw new InputError(
      `Operation '${spec.operationId}' names no restored instance to ${spec.kind}; give restoredInstanceId.`,
    );
  }
  return spec.restoredInstance;
}

async function takeInventory({
  engine,
  target,
  context,
}: Work): Promise<Inventory> {
  const inventory = await present(engine.operate.inventory, 'inventory')(
    target,
    context,
  );
  await new InventoryStore(context.store).writeInventory(inventory);
  return inventory;
}

function present<TVerb>(verb: TVerb | undefined, name: string): TVerb {
  if (verb === undefined) {
    throw new InputError(
      `The engine lists the verb '${name}' among its capabilities but does not have it; update its package.`,
    );
  }
  return verb;
}

/** The value as it looks after a file: without what JSON cannot say. */
function asJson(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
