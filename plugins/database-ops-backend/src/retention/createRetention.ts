// Puts the retention half together; logic lives in its parts.
import { LoggerService, UserInfoService } from '@backstage/backend-plugin-api';
import { DatabaseOpsSignal } from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { PeopleDirectory } from '../approvals/PeopleDirectory';
import { AuditLog } from '../audit/AuditLog';
import { BackupStore } from '../backups/BackupStore';
import { DatabaseCatalog } from '../databases/types';
import { OperationStore } from '../operations/OperationStore';
import { DatabaseAuthorizer } from '../permissions/DatabaseAuthorizer';
import { ProofStore } from '../proofs/ProofStore';
import { OpenStore } from '../reconciliation/Reconciler';
import { RestoredInstanceStore } from '../restored-instances/RestoredInstanceStore';
import { AuthorizedRetention } from './AuthorizedRetention';
import { ExpiringBackups } from './ExpiringBackups';
import { AuthorizedPins } from './pins/AuthorizedPins';
import { PinEnds } from './pins/PinEnds';
import { PinKeeper } from './pins/PinKeeper';
import { PinStore } from './pins/PinStore';
import { RetentionService } from './RetentionService';
import { Rivals } from './Rivals';

/** The retention half of the plugin. */
export interface Retention {
  readonly service: RetentionService;
  readonly expiring: ExpiringBackups;
  readonly rivals: Rivals;
  readonly pins: PinStore;
  readonly ends: PinEnds;
  readonly keeper: PinKeeper;
}

export function createRetention(options: {
  readonly knex: Knex;
  readonly clock: () => Date;
  readonly logger: LoggerService;
  readonly settings: ConstructorParameters<
    typeof RetentionService
  >[0]['settings'];
  readonly databases: DatabaseCatalog;
  readonly store: OperationStore;
  readonly backups: BackupStore;
  readonly proofs: ProofStore;
  readonly instances: RestoredInstanceStore;
}): Retention {
  const { store: operations } = options;
  const pins = new PinStore(options);
  const ends = new PinEnds(options);
  const expiring = new ExpiringBackups({ operations });
  return {
    pins,
    ends,
    keeper: new PinKeeper({ ...options, pins, ends }),
    expiring,
    rivals: new Rivals({ operations, expiring, pins }),
    service: new RetentionService({ ...options, pins }),
  };
}

/** The same as callers of the API may use it. */
export function authorizeRetention(options: {
  readonly retention: Retention;
  readonly databases: DatabaseCatalog;
  readonly backups: BackupStore;
  readonly authorizer: DatabaseAuthorizer;
  readonly people: PeopleDirectory;
  readonly userInfo: UserInfoService;
  readonly audit: AuditLog;
  readonly openStore: OpenStore;
  readonly publish: (signal: DatabaseOpsSignal) => void;
  readonly clock: () => Date;
}): {
  readonly retention: AuthorizedRetention;
  readonly pins: AuthorizedPins;
} {
  const { retention } = options;
  return {
    retention: new AuthorizedRetention({
      ...options,
      retention: retention.service,
    }),
    pins: new AuthorizedPins({ ...options, ...retention }),
  };
}
