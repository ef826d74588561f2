import { JsonObject } from '@backstage/types';
import {
  EngineCapabilities,
  OperationKind,
} from 'backstage-plugin-database-ops-common';
import { ReadyDatabase } from '../../databases/types';

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
  /** Ids of those that remove what others read, or the other way round, beside which it was judged. */
  readonly judgedBeside?: readonly string[];
}

/** A request whose database is ready and whose engine has the verb. */
export interface KnownRequest {
  readonly database: ReadyDatabase;
  readonly capabilities: EngineCapabilities;
  readonly parameters: JsonObject;
  readonly confirmation?: string;
  /** The repository that was named, one of the database's. */
  readonly repositoryId?: string;
}

/** What a kind's own judgement gives. */
export interface JudgedRequest {
  readonly parameters: JsonObject;
  /** The backup that it would read now, where its parameters name none. */
  readonly readsBackupId?: string;
  /** When the backup began whose log it would replay, to another moment than its end. */
  readonly readsLogFrom?: string;
  /** The repository that has to be worked on, where the kind decides it. */
  readonly repositoryId?: string;
  readonly placementHost?: string;
}

/**
 * Judges the requests of one kind.
 *
 * @throws NotFoundError, ConflictError or InputError with what to do instead.
 */
export type JudgeRequest = (request: KnownRequest) => Promise<JudgedRequest>;
