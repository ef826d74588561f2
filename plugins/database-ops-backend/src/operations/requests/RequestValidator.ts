import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import { OperationKind } from 'backstage-plugin-database-ops-common';
import { BackupStore } from '../../backups/BackupStore';
import { DatabaseCatalog, ReadyDatabase, isReady } from '../../databases/types';
import { RestoredInstanceStore } from '../../restored-instances/RestoredInstanceStore';
import {
  findRepositoryFor,
  hasSeveralRepositories,
} from '../../repositories/repositoriesOf';
import { Retention } from '../../retention/createRetention';
import { ExpiringBackups } from '../../retention/ExpiringBackups';
import { Rivals } from '../../retention/Rivals';
import { judgeBackup } from './judgeBackup';
import { createDiscardJudge } from './judgeDiscard';
import { createExpireJudge } from './judgeExpire';
import { createAdvanceJudge, createPromoteJudge } from './judgeInstance';
import { judgeMaintain } from './judgeMaintain';
import { createRestoreJudge } from './judgeRestore';
import { judgeRotate } from './judgeRotate';
import { createVerifyJudge } from './judgeVerify';
import { JudgeRequest, RequestedOperation, ValidRequest } from './types';

/** Only what is reachable is accepted, whatever a form offered. */
export class RequestValidator {
  readonly #databases: DatabaseCatalog;
  readonly #expiring: ExpiringBackups;
  readonly #rivals: Rivals;
  readonly #judges: Readonly<Partial<Record<OperationKind, JudgeRequest>>>;

  constructor(options: {
    readonly databases: DatabaseCatalog;
    readonly backups: BackupStore;
    readonly instances: RestoredInstanceStore;
    readonly retention: Pick<Retention, 'service' | 'expiring' | 'rivals'>;
  }) {
    const { backups, instances } = options;
    this.#databases = options.databases;
    this.#expiring = options.retention.expiring;
    this.#rivals = options.retention.rivals;
    this.#judges = {
      advance: createAdvanceJudge(instances, backups),
      backup: judgeBackup,
      discard: createDiscardJudge(instances),
      expire: createExpireJudge(options.retention.service),
      inventory: async () => ({ parameters: {} }),
      maintain: judgeMaintain,
      promote: createPromoteJudge(instances),
      restore: createRestoreJudge(backups),
      rotate: judgeRotate,
      verify: createVerifyJudge(backups),
    };
  }

  /** @throws NotFoundError, ConflictError or InputError with what to do instead. */
  async validate(request: RequestedOperation): Promise<ValidRequest> {
    const { databaseId, kind, reason, confirmation } = request;
    const database = this.#ready(databaseId);
    const capabilities = database.engine.engine.describe.capabilities(
      database.definition.config,
    );
    if (!capabilities.verbs.includes(kind)) {
      throw new InputError(
        `Engine '${database.engineKind}' of database '${database.id}' has no ${kind}; it has ${capabilities.verbs.join(', ') || 'no verbs'}.`,
      );
    }
    const judge = this.#judges[kind];
    if (!judge) {
      throw new InputError(
        `Operations of kind '${kind}' cannot be requested here; choose ${capabilities.verbs.join(', ')}.`,
      );
    }
    const { repositoryId, ...own } = request.parameters ?? {};
    const named =
      repositoryId === undefined
        ? undefined
        : findRepositoryFor(kind, database, repositoryId).id;
    const judgedBeside = await this.#rivals.known(databaseId, kind);
    const {
      repositoryId: decided,
      readsBackupId,
      readsLogFrom: logFrom,
      ...judged
    } = await judge({
      database,
      capabilities,
      parameters: own,
      confirmation,
      repositoryId: named,
    });
    const { backupId } = judged.parameters;
    const chosen = findRepositoryFor(kind, database, decided ?? named).id;
    await this.#expiring.assertStays(database, {
      backupIds: [backupId, readsBackupId].filter(id => typeof id === 'string'),
      repositoryId: chosen,
      logFrom,
    });
    return {
      databaseId,
      kind,
      reason,
      ...(judgedBeside.length > 0 && { judgedBeside }),
      ...judged,
      // Nothing is left open where there is a choice: not for an approval, not for a retry.
      ...(hasSeveralRepositories(database) && {
        parameters: {
          ...judged.parameters,
          repositoryId: chosen,
        },
      }),
    };
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
}
