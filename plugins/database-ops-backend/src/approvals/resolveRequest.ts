import { InputError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { BackupStore } from '../backups/BackupStore';
import { ReadyDatabase } from '../databases/types';
import { ValidRequest } from '../operations/requests/types';
import { storedAs } from '../repositories/repositoriesOf';
import { RestoredInstanceStore } from '../restored-instances/RestoredInstanceStore';
import { modeOf } from './rules';
import { ApprovalTarget } from './types';

/** A request of which nothing can mean something else later. */
export interface ResolvedRequest {
  readonly parameters: JsonObject;
  readonly target: ApprovalTarget;
}

/** Where what a request means is read. */
export interface ResolveSources {
  readonly backups: BackupStore;
  readonly instances: RestoredInstanceStore;
}

/**
 * Replaces "latest" by the moment it is now, and states what will be acted on.
 *
 * @throws InputError when the moment cannot be named.
 */
export async function resolveRequest(
  request: ValidRequest,
  database: ReadyDatabase,
  sources: ResolveSources,
): Promise<ResolvedRequest> {
  if (request.kind === 'restore') {
    return resolveRestore(request, database, sources);
  }
  const { restoredInstanceId, repositoryId } = request.parameters;
  const target: ApprovalTarget = {
    repositoryId: findRepositoryId(database, repositoryId),
    host: request.placementHost,
  };
  if (typeof restoredInstanceId !== 'string') {
    return { parameters: request.parameters, target };
  }
  const instance = await sources.instances.get(restoredInstanceId);
  const { systemId, systemIdentifier } = instance?.facts ?? {};
  const identity = systemId ?? systemIdentifier;
  return {
    parameters: request.parameters,
    target: {
      ...target,
      restoredInstanceId,
      directory: instance?.directory,
      backupId: instance?.backupId,
      moment: instance?.moment && { ...instance.moment },
      systemId: identity === undefined ? undefined : String(identity),
    },
  };
}

/** The repository that a request is about, as it was judged. */
export function findRepositoryId(
  database: ReadyDatabase,
  repositoryId: unknown,
): string | undefined {
  return typeof repositoryId === 'string'
    ? repositoryId
    : database.repositoryId;
}

async function resolveRestore(
  request: ValidRequest,
  database: ReadyDatabase,
  { backups }: ResolveSources,
): Promise<ResolvedRequest> {
  const repositoryId = findRepositoryId(
    database,
    request.parameters.repositoryId,
  );
  const inventory = await backups.getInventory(
    database.id,
    storedAs(database, repositoryId),
  );
  const named = await nameMoment(request.parameters, database, {
    backups,
    inventory,
  });
  return {
    parameters: named.parameters,
    target: {
      mode: modeOf('restore', named.parameters),
      repositoryId,
      host: request.placementHost,
      backupId: named.backupId,
      moment: named.moment,
      systemId: inventory?.systemId,
    },
  };
}

interface NamedMoment {
  readonly parameters: JsonObject;
  readonly backupId?: string;
  readonly moment?: JsonObject;
}

async function nameMoment(
  parameters: JsonObject,
  { id, engine, definition }: ReadyDatabase,
  known: {
    readonly backups: BackupStore;
    readonly inventory: Awaited<ReturnType<BackupStore['getInventory']>>;
  },
): Promise<NamedMoment> {
  const { describe } = engine.engine;
  if (describe.resolve && known.inventory) {
    const { repositoryId: _known, ...asked } = parameters;
    const resolution = describe.resolve(id, known.inventory, asked);
    if (!resolution.reachable || !resolution.parameters) {
      throw new InputError(resolution.sentence);
    }
    const { backupId, moment } = resolution;
    return {
      // What says nothing about the moment stays as it was asked for.
      parameters: { ...withoutMoment(parameters), ...resolution.parameters },
      backupId,
      moment: moment && { ...moment },
    };
  }
  const [newest] = [...(await known.backups.listPresent(id))].sort((a, b) =>
    b.stoppedAt.localeCompare(a.stoppedAt),
  );
  const backupId = parameters.backupId ?? newest?.id;
  const offersBackups = describe
    .capabilities(definition.config)
    .restoreKinds.some(kind => kind.id === 'backup');
  if (typeof backupId !== 'string' || !offersBackups) {
    throw new InputError(
      `A restore of database '${id}' to '${String(parameters.kind)}' needs approval, and what it means now cannot be named; choose a backup.`,
    );
  }
  return {
    parameters: { ...parameters, kind: 'backup', backupId },
    backupId,
  };
}

/** Parameters of a restore that do not say to which moment. */
function withoutMoment(parameters: JsonObject): JsonObject {
  const { expiresAfter, mode, repositoryId } = parameters;
  return {
    ...(repositoryId !== undefined && { repositoryId }),
    ...(expiresAfter !== undefined && { expiresAfter }),
    ...(mode !== undefined && { mode }),
  };
}
