import { JsonObject } from '@backstage/types';
import {
  OperationFailure,
  OperationKind,
  OperationProgress,
} from 'backstage-plugin-database-ops-common';

/**
 * What a worker needs for one operation. Carries no secret: they travel apart
 * and are put back by reference.
 *
 * @public
 */
export interface WorkerSpec {
  readonly version: 1;
  readonly operationId: string;
  readonly kind: OperationKind;
  readonly requestedBy: string;
  readonly policyName?: string;
  readonly parameters: JsonObject;
  /** Module that exports `engine`. */
  readonly engineModule: string;
  /** A sealed DatabaseDefinition. */
  readonly database: JsonObject;
  /** A sealed RepositoryDefinition. */
  readonly repository: JsonObject;
  /** Set for operations on a restored instance (advance, promote, discard). */
  readonly restoredInstance?: {
    readonly restoredInstanceId: string;
    readonly directory: string;
    readonly facts: JsonObject;
  };
  readonly timeoutSeconds: number;
  readonly leaseSeconds: number;
  /** Inventory and backups of ours carry it; names the portal or shell in the lease. */
  readonly executorHost: string;
}

/**
 * One line of a worker's event file.
 *
 * @public
 */
export type WorkerEvent =
  | {
      readonly seq: number;
      readonly at: string;
      readonly type: 'progress';
      readonly progress: OperationProgress;
    }
  | {
      readonly seq: number;
      readonly at: string;
      readonly type: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly message: string;
    }
  | {
      readonly seq: number;
      readonly at: string;
      readonly type: 'result';
      readonly data: JsonObject;
    }
  | {
      readonly seq: number;
      readonly at: string;
      readonly type: 'error';
      readonly failure: OperationFailure;
      readonly cancelled?: boolean;
    };
