// Puts together what holds operations back; decisions are carried out by the operations half.
import { AuthService, LoggerService } from '@backstage/backend-plugin-api';
import { CatalogService } from '@backstage/plugin-catalog-node';
import { Knex } from 'knex';
import { BackupStore } from '../backups/BackupStore';
import { DatabaseCatalog } from '../databases/types';
import { RestoredInstanceStore } from '../restored-instances/RestoredInstanceStore';
import { ApprovalGate } from './ApprovalGate';
import { ApprovalStore } from './ApprovalStore';
import { PeopleDirectory } from './PeopleDirectory';

/** What holds operations back until a second person decided. */
export interface Approvals {
  readonly approvals: ApprovalStore;
  readonly people: PeopleDirectory;
  readonly gate: ApprovalGate;
}

export function createApprovals(options: {
  readonly knex: Knex;
  readonly clock: () => Date;
  readonly logger: LoggerService;
  readonly catalog: CatalogService;
  readonly auth: AuthService;
  readonly databases: DatabaseCatalog;
  readonly backups: BackupStore;
  readonly instances: RestoredInstanceStore;
}): Approvals {
  const approvals = new ApprovalStore(options);
  const people = new PeopleDirectory(options);
  const gate = new ApprovalGate({ ...options, approvals, people });
  return { approvals, people, gate };
}
