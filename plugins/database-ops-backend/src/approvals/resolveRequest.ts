import { InputError } from '@backstage/errors';
import { JsonObject, JsonValue } from '@backstage/types';
import { LoggerService } from '@backstage/backend-plugin-api';
import { BackupStore } from '../backups/BackupStore';
import { ReadyDatabase } from '../databases/types';
import { ValidRequest } from '../operations/requests/types';
import { storedAs } from '../repositories/repositoriesOf';
import { RestoredInstanceStore } from '../restored-instances/RestoredInstanceStore';
import { resolveMaintain } from './resolveMaintain';
import { modeOf } from './rules';
import { ApprovalTarget } from './types';

/** Parameters that say to which moment; they give way to those of the resolution. */
const MOMENT_PARAMETERS = [
  'kind',
  'backupId',
  'timeline',
  'time',
  'lsn',
  'xid',
  'name',
];

/** A request of which nothing can mean something else later. */
export interface ResolvedRequest {
  readonly parameters: JsonObject;
  readonly target: ApprovalTarget;
}

/** Where what a request means is read. */
export interface ResolveSources {
  readonly backups: BackupStore;
  readonly instances: RestoredInstanceStore;
  readonly logger: LoggerService;
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
  const target = await targetOf(request, database, sources);
  switch (request.kind) {
    case 'advance':
      return {
        parameters: await resolveAdvance(request.parameters, database, sources),
        target,
      };
    case 'maintain':
      return {
        parameters: await resolveMaintain(
          request.parameters,
          database,
          sources,
        ),
        target,
      };
    default:
      return { parameters: request.parameters, target };
  }
}

/** What a request that restores nothing acts on now. */
export async function targetOf(
  request: ValidRequest,
  database: ReadyDatabase,
  { instances }: Pick<ResolveSources, 'instances'>,
): Promise<ApprovalTarget> {
  const { restoredInstanceId, repositoryId } = request.parameters;
  const target: ApprovalTarget = {
    repositoryId: findRepositoryId(database, repositoryId),
    host: request.placementHost,
  };
  if (typeof restoredInstanceId !== 'string') {
    return target;
  }
  const instance = await instances.get(restoredInstanceId);
  const { systemId, systemIdentifier } = instance?.facts ?? {};
  const identity = systemId ?? systemIdentifier;
  return {
    ...target,
    restoredInstanceId,
    directory: instance?.directory,
    backupId: instance?.backupId,
    moment: instance?.moment && { ...instance.moment },
    systemId: identity === undefined ? undefined : String(identity),
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

/** A copy goes on from the backup it came from, over the log of the same repository. */
async function resolveAdvance(
  { restoredInstanceId, repositoryId, ...asked }: JsonObject,
  database: ReadyDatabase,
  { backups, instances }: ResolveSources,
): Promise<JsonObject> {
  const instance = await instances.get(String(restoredInstanceId));
  const inventory = await backups.getInventory(
    database.id,
    storedAs(database, instance?.repositoryId),
  );
  const resolution =
    inventory &&
    database.engine.engine.describe.resolve?.(database.id, inventory, {
      ...asked,
      ...(instance?.backupId && { backupId: instance.backupId }),
    });
  if (!resolution?.reachable || !resolution.parameters) {
    throw new InputError(
      resolution?.sentence ??
        `An advance of restored instance '${String(restoredInstanceId)}' needs approval, and what it means now cannot be named; run an inventory first.`,
    );
  }
  const own = Object.entries(asked).filter(
    ([name]) => !MOMENT_PARAMETERS.includes(name),
  );
  return {
    ...Object.fromEntries(own),
    ...resolution.parameters,
    restoredInstanceId,
    ...(repositoryId !== undefined && { repositoryId }),
  };
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
  database: ReadyDatabase,
  known: {
    readonly backups: BackupStore;
    readonly inventory: Awaited<ReturnType<BackupStore['getInventory']>>;
  },
): Promise<NamedMoment> {
  const { id, engine, definition } = database;
  const { describe } = engine.engine;
  const rest = withoutMoment(parameters, database);
  if (describe.resolve && known.inventory) {
    const { repositoryId: _known, ...asked } = parameters;
    const resolution = describe.resolve(id, known.inventory, asked);
    if (!resolution.reachable || !resolution.parameters) {
      throw new InputError(resolution.sentence);
    }
    const { backupId, moment } = resolution;
    return {
      // What says nothing about the moment stays as it was asked for.
      parameters: { ...rest, ...resolution.parameters },
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
    parameters: { ...rest, kind: 'backup', backupId },
    backupId,
  };
}

/**
 * Parameters of a restore that do not say to which moment, with the defaults
 * of the kind that was asked for: the resolved kind may have others.
 */
function withoutMoment(
  parameters: JsonObject,
  { engine, definition }: ReadyDatabase,
): JsonObject {
  const kind = engine.engine.describe
    .capabilities(definition.config)
    .restoreKinds.find(({ id }) => id === parameters.kind);
  const said = {
    // What takes the place of its source opens, whatever the kind.
    ...(modeOf('restore', parameters) === 'new-place' &&
      defaultsOf(kind?.parameters)),
    ...parameters,
  };
  return Object.fromEntries(
    Object.entries(said).filter(([name]) => !MOMENT_PARAMETERS.includes(name)),
  );
}

/** As much of a JSON schema as holds defaults. */
interface RestoreSchema {
  readonly properties?: Readonly<
    Record<string, { readonly default?: JsonValue }>
  >;
}

function defaultsOf(schema: object | undefined): JsonObject {
  const properties = { ...(schema as RestoreSchema | undefined)?.properties };
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, property]) =>
      property.default === undefined ? [] : [[name, property.default]],
    ),
  );
}
