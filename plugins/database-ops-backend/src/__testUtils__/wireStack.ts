import {
  AuditorService,
  AuthService,
  LoggerService,
} from '@backstage/backend-plugin-api';
import { CatalogService } from '@backstage/plugin-catalog-node';
import { NotificationService } from '@backstage/plugin-notifications-node';
import { SignalsService } from '@backstage/plugin-signals-node';
import { ConfigReader } from '@backstage/config';
import { JsonObject } from '@backstage/types';
import { EngineRegistry, Executor } from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { createApprovals } from '../approvals/createApprovals';
import { AuditLog } from '../audit/AuditLog';
import { AuditStore } from '../audit/AuditStore';
import { BackupStore } from '../backups/BackupStore';
import {
  ConfiguredDatabases,
  configurationProvider,
} from '../databases/ConfiguredDatabases';
import { readSettings } from '../databases/readSettings';
import { MaintenanceModes } from '../maintenance/MaintenanceModes';
import { NotificationAnnouncements } from '../notify/NotificationAnnouncements';
import { OnceKeys } from '../notify/OnceKeys';
import { OperationAnnouncer } from '../notify/OperationAnnouncer';
import { createOperations } from '../operations/createOperations';
import { OperationStore } from '../operations/OperationStore';
import { ProofStore } from '../proofs/ProofStore';
import { RestoredInstanceStore } from '../restored-instances/RestoredInstanceStore';
import { createRetention } from '../retention/createRetention';
import { testConfig } from './testConfig';
import { restorableIn } from '../reachability/restorableSpan';

/** The portal's services as a stack needs them. */
export interface StackServices {
  readonly logger: LoggerService;
  readonly auditor: AuditorService;
  readonly auth: AuthService;
  readonly catalog: CatalogService;
  readonly signals: SignalsService;
  readonly notifications: NotificationService;
}

/** One portal replica without HTTP, on a migrated database, without anything of Jest. */
export async function wireStack<T extends StackServices>(options: {
  readonly services: T;
  readonly engines: EngineRegistry;
  readonly knex: Knex;
  readonly clock: () => Date;
  readonly executor: Executor;
  readonly config?: JsonObject;
}) {
  const { knex, clock, executor, engines, services } = options;
  const { logger, auditor, auth, catalog, signals, notifications } = services;
  const settings = readSettings(
    new ConfigReader({ ...testConfig(options.config) }),
  );
  const databases = await ConfiguredDatabases.create({
    settings,
    engines,
    logger,
    providers: [configurationProvider(settings.databases)],
  });
  databases.setOwners(new Map([['orders', 'group:default/team-a']]));
  const parts = { knex, clock, logger, settings, databases, executor };
  const auditStore = new AuditStore(parts);
  const audit = new AuditLog({
    ...parts,
    store: auditStore,
    auditor,
  });
  const announcements = new NotificationAnnouncements({
    ...parts,
    notifications,
    operators: settings.operators,
    onceKeys: new OnceKeys(parts),
  });
  const announcer = new OperationAnnouncer({
    ...parts,
    signals,
    announcements,
  });
  const store = new OperationStore(parts);
  const backups = new BackupStore({
    ...parts,
    restorable: restorableIn(databases),
  });
  const instances = new RestoredInstanceStore(parts);
  const proofs = new ProofStore(parts);
  const retention = createRetention({
    ...parts,
    store,
    backups,
    instances,
    proofs,
  });
  const maintenance = new MaintenanceModes(parts);
  const held = createApprovals({
    ...parts,
    backups,
    instances,
    catalog,
    auth,
  });
  const operations = createOperations({
    ...parts,
    ...held,
    announcements,
    store,
    backups,
    instances,
    proofs,
    retention,
    audit,
    announcer,
    maintenance,
  });
  return {
    ...parts,
    ...services,
    ...held,
    ...operations,
    auditStore,
    audit,
    store,
    backups,
    instances,
    proofs,
    retention,
    announcements,
    maintenance,
  };
}
