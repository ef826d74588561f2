import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import {
  Backup,
  EngineCapabilities,
  OperationKind,
  RestoredInstance,
} from 'backstage-plugin-database-ops-common';
import { Duration } from 'luxon';
import { z } from 'zod';
import { BackupStore } from '../backups/BackupStore';
import { DatabaseCatalog, ReadyDatabase, isReady } from '../databases/types';
import {
  RestoredInstanceStore,
  isKept,
} from '../restored-instances/RestoredInstanceStore';

const DEFAULT_EXPIRY = 'PT24H';
const LONGEST_EXPIRY = Duration.fromObject({ days: 30 });

/** A request as it came in, parsed but not judged. */
export interface RequestedOperation {
  readonly databaseId: string;
  readonly kind: OperationKind;
  readonly parameters?: JsonObject;
  readonly confirmation?: string;
  readonly reason?: string;
}

/** A request that can be carried out, with its defaults filled in. */
export interface ValidRequest {
  readonly databaseId: string;
  readonly kind: OperationKind;
  readonly parameters: JsonObject;
  readonly reason?: string;
  readonly placementHost?: string;
}

/** An engine's own parameters, judged by the JSON schema of its capabilities. */
function checkParameters(
  schema: JsonObject | undefined,
  parameters: JsonObject,
  subject: string,
): void {
  if (!schema) {
    return;
  }
  const parsed = z
    .fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])
    .safeParse(parameters);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(
      `Parameter '${issue.path.join('.') || '(all)'}' of ${subject} is wrong: ${issue.message}.`,
    );
  }
}

function choose<T extends { readonly id: string }>(
  offered: readonly T[],
  wanted: unknown,
  subject: string,
): T {
  const found = offered.find(item => item.id === wanted);
  if (!found) {
    throw new InputError(
      `${subject} '${String(wanted)}' is not offered; choose ${offered.map(item => `'${item.id}'`).join(' or ') || 'another verb, there is none'}.`,
    );
  }
  return found;
}

/** The backup that a person most likely meant: the one whose label begins alike, else the newest. */
function nearest(present: readonly Backup[], wanted: string): Backup {
  const alike = ({ id }: Backup) => {
    const differsAt = [...id].findIndex(
      (character, index) => character !== wanted[index],
    );
    return differsAt < 0 ? id.length : differsAt;
  };
  return present.reduce((best, backup) =>
    alike(backup) > alike(best) ? backup : best,
  );
}

/** Only what is reachable is accepted, whatever a form offered. */
export class RequestValidator {
  readonly #databases: DatabaseCatalog;
  readonly #backups: BackupStore;
  readonly #instances: RestoredInstanceStore;

  constructor(options: {
    readonly databases: DatabaseCatalog;
    readonly backups: BackupStore;
    readonly instances: RestoredInstanceStore;
  }) {
    this.#databases = options.databases;
    this.#backups = options.backups;
    this.#instances = options.instances;
  }

  /** @throws NotFoundError, ConflictError or InputError with what to do instead. */
  async validate(request: RequestedOperation): Promise<ValidRequest> {
    const database = this.#ready(request.databaseId);
    const capabilities = database.engine.engine.describe.capabilities(
      database.definition.config,
    );
    if (!capabilities.verbs.includes(request.kind)) {
      throw new InputError(
        `Engine '${database.engineKind}' of database '${database.id}' has no ${request.kind}; it has ${capabilities.verbs.join(', ') || 'no verbs'}.`,
      );
    }
    const { databaseId, kind, reason } = request;
    const parameters = request.parameters ?? {};
    switch (kind) {
      case 'backup':
        return {
          databaseId,
          kind,
          reason,
          parameters: this.#backup(capabilities, parameters),
        };
      case 'restore':
        return {
          databaseId,
          kind,
          reason,
          parameters: await this.#restore(database, capabilities, request),
        };
      case 'discard': {
        const instance = await this.#discard(databaseId, parameters);
        return {
          databaseId,
          kind,
          reason,
          parameters: { restoredInstanceId: instance.id },
          placementHost: instance.host,
        };
      }
      case 'inventory':
        return { databaseId, kind, reason, parameters: {} };
      default:
        throw new InputError(
          `Operations of kind '${kind}' cannot be requested here; choose ${capabilities.verbs.join(', ')}.`,
        );
    }
  }

  #ready(databaseId: string): ReadyDatabase {
    const database = this.#databases.get(databaseId);
    if (!database) {
      throw new NotFoundError(
        `There is no database '${databaseId}'; configure it under databaseOps.databases.`,
      );
    }
    if (!isReady(database)) {
      throw new ConflictError(
        `Database '${databaseId}' is quarantined, nothing can be started on it: ${database.quarantine.path}: ${database.quarantine.message}`,
      );
    }
    if (!database.repository) {
      throw new ConflictError(
        `Database '${databaseId}' has no repository; name one under databaseOps.databases.${databaseId}.repository.`,
      );
    }
    return database;
  }

  #backup(
    capabilities: EngineCapabilities,
    parameters: JsonObject,
  ): JsonObject {
    const type = choose(
      capabilities.backupTypes,
      parameters.type ?? capabilities.backupTypes[0]?.id,
      'Backup type',
    );
    const { type: _type, ...own } = parameters;
    checkParameters(
      type.parameters as JsonObject | undefined,
      own,
      `backup type '${type.id}'`,
    );
    return { ...parameters, type: type.id };
  }

  async #restore(
    database: ReadyDatabase,
    capabilities: EngineCapabilities,
    request: RequestedOperation,
  ): Promise<JsonObject> {
    if (request.confirmation !== database.id) {
      throw new InputError(
        `Type the name of the database, '${database.id}', as confirmation to restore it.`,
      );
    }
    const parameters = request.parameters ?? {};
    const kind = choose(
      capabilities.restoreKinds,
      parameters.kind ?? capabilities.restoreKinds[0]?.id,
      'Restore kind',
    );
    const { kind: _kind, expiresAfter, ...own } = parameters;
    checkParameters(
      kind.parameters as JsonObject | undefined,
      own,
      `restore kind '${kind.id}'`,
    );
    await this.#checkBackup(database.id, kind.id, own.backupId);
    return { ...own, kind: kind.id, expiresAfter: this.#expiry(expiresAfter) };
  }

  async #checkBackup(
    databaseId: string,
    kind: string,
    backupId: unknown,
  ): Promise<void> {
    const present = await this.#backups.listPresent(databaseId);
    if (present.length === 0) {
      throw new InputError(
        `Database '${databaseId}' has no present backup to restore; take a backup or an inventory first.`,
      );
    }
    if (backupId === undefined && kind !== 'backup') {
      return;
    }
    if (
      typeof backupId !== 'string' ||
      !present.some(backup => backup.id === backupId)
    ) {
      const known =
        typeof backupId === 'string' &&
        (await this.#backups.get(databaseId, backupId));
      const choice = nearest(present, String(backupId ?? ''));
      throw new InputError(
        `Backup '${String(backupId ?? '')}' of database '${databaseId}' ${known ? `is ${known.state}` : 'does not exist'}; the nearest present one is '${choice.id}', taken ${choice.stoppedAt}.`,
      );
    }
  }

  #expiry(expiresAfter: unknown): string {
    const text = expiresAfter ?? DEFAULT_EXPIRY;
    const duration =
      typeof text === 'string' ? Duration.fromISO(text) : undefined;
    if (
      !duration?.isValid ||
      duration.toMillis() <= 0 ||
      duration > LONGEST_EXPIRY
    ) {
      throw new InputError(
        `Parameter 'expiresAfter' is '${String(text)}'; give an ISO 8601 duration up to P30D, such as ${DEFAULT_EXPIRY}.`,
      );
    }
    return String(text);
  }

  async #discard(
    databaseId: string,
    parameters: JsonObject,
  ): Promise<RestoredInstance> {
    const id = parameters.restoredInstanceId;
    const instance =
      typeof id === 'string' ? await this.#instances.get(id) : undefined;
    if (instance?.databaseId !== databaseId) {
      throw new InputError(
        `Database '${databaseId}' has no restored instance '${String(id)}'; list its restored instances for their ids.`,
      );
    }
    if (!isKept(instance)) {
      throw new ConflictError(
        `Restored instance '${instance.id}' is ${instance.state}; nothing of it is left to discard.`,
      );
    }
    return instance;
  }
}
