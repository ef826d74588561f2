// Builds the plugin's parts in the order in which they need each other.
import {
  AuditorService,
  AuthService,
  DatabaseService,
  HttpAuthService,
  HttpRouterService,
  LifecycleService,
  LoggerService,
  PermissionsRegistryService,
  PermissionsService,
  RootConfigService,
  SchedulerService,
} from '@backstage/backend-plugin-api';
import { CatalogService } from '@backstage/plugin-catalog-node';
import { NotificationService } from '@backstage/plugin-notifications-node';
import { SignalsService } from '@backstage/plugin-signals-node';
import { databaseOpsPermissions } from 'backstage-plugin-database-ops-common';
import {
  EngineRegistry,
  S3ObjectStore,
} from 'backstage-plugin-database-ops-node';
import { AuthorizedAudit } from './audit/AuthorizedAudit';
import { createAudit } from './audit/createAudit';
import { keepHistory } from './audit/keepHistory';
import { BackupStore } from './backups/BackupStore';
import { openDatabase } from './database/applyMigrations';
import { AuthorizedDatabases } from './databases/AuthorizedDatabases';
import {
  ConfiguredDatabases,
  configurationProvider,
} from './databases/ConfiguredDatabases';
import { DatabaseViews } from './databases/DatabaseViews';
import { OwnerDirectory } from './databases/OwnerDirectory';
import { ProviderRegistry } from './databases/ProviderRegistry';
import { readSettings } from './databases/readSettings';
import { createMonitoring } from './health/createMonitoring';
import { createCallerOf } from './http/callerOf';
import { createRouter } from './http/createRouter';
import { MaintenanceModes } from './maintenance/MaintenanceModes';
import { Heartbeats } from './metrics/Heartbeats';
import { NotificationAnnouncements } from './notify/NotificationAnnouncements';
import { OnceKeys } from './notify/OnceKeys';
import { OperationAnnouncer } from './notify/OperationAnnouncer';
import { AuthorizedOperations } from './operations/AuthorizedOperations';
import { ExecutorRegistry } from './operations/chooseExecutor';
import { createOperations } from './operations/createOperations';
import { OperationStore } from './operations/OperationStore';
import { DatabaseAuthorizer } from './permissions/DatabaseAuthorizer';
import {
  databaseResourceRef,
  databaseRules,
} from './permissions/databaseResource';
import { PolicyPreviewer } from './policies/PolicyPreviewer';
import { PolicyViews } from './policies/PolicyViews';
import { ProofStore } from './proofs/ProofStore';
import { InventoryRequester } from './reconciliation/InventoryRequester';
import { Reconciler } from './reconciliation/Reconciler';
import { RestoredInstanceStore } from './restored-instances/RestoredInstanceStore';
import { createSchedules } from './schedule/createSchedules';
import { ExpiryRunner } from './schedule/ExpiryRunner';
import {
  authorizeRetention,
  createRetention,
} from './retention/createRetention';
import { SummaryService } from './summary/SummaryService';
import { followWhileRunning, scheduleTasks } from './tasks';

/** The portal's services and what modules registered. */
export interface DatabaseOpsServices {
  readonly auditor: AuditorService;
  readonly auth: AuthService;
  readonly catalog: CatalogService;
  readonly config: RootConfigService;
  readonly database: DatabaseService;
  readonly httpAuth: HttpAuthService;
  readonly httpRouter: HttpRouterService;
  readonly lifecycle: LifecycleService;
  readonly logger: LoggerService;
  readonly notifications: NotificationService;
  readonly permissions: PermissionsService;
  readonly permissionsRegistry: PermissionsRegistryService;
  readonly scheduler: SchedulerService;
  readonly signals: SignalsService;
  readonly engines: EngineRegistry;
  readonly executors: ExecutorRegistry;
  readonly providers: ProviderRegistry;
}

export async function startDatabaseOps(
  services: DatabaseOpsServices,
): Promise<void> {
  const { logger, lifecycle } = services;
  const clock = () => new Date();
  const settings = readSettings(services.config);
  const knex = await openDatabase(services.database);
  const databases = await ConfiguredDatabases.create({
    ...services,
    settings,
    providers: [
      configurationProvider(settings.databases),
      ...services.providers.list(),
    ],
  });
  const parts = { ...services, knex, clock, settings, databases };

  const backups = new BackupStore(parts);
  const instances = new RestoredInstanceStore(parts);
  const proofs = new ProofStore(parts);
  const store = new OperationStore(parts);
  const retention = createRetention({
    ...parts,
    store,
    backups,
    instances,
    proofs,
  });
  const onceKeys = new OnceKeys(parts);
  const announcements = new NotificationAnnouncements({
    ...parts,
    operators: settings.operators,
    onceKeys,
  });
  const announcer = new OperationAnnouncer({ ...parts, announcements });
  const history = createAudit({
    ...parts,
    announcements,
    openStore: S3ObjectStore.create,
  });
  const audit = history.log;
  const owners = new OwnerDirectory(parts);
  const authorizer = new DatabaseAuthorizer({
    ...parts,
    services: settings.services,
  });
  const executor = await services.executors.choose(settings.executor);
  const { service, validator, dispatcher } = createOperations({
    ...parts,
    store,
    backups,
    instances,
    proofs,
    retention,
    audit,
    announcer,
    executor,
  });
  const schedules = createSchedules({
    ...parts,
    service,
    store,
    validator,
    maintenance: new MaintenanceModes(parts),
  });
  const publish = announcer.publish.bind(announcer);
  const monitoring = await createMonitoring({
    ...parts,
    backups,
    operations: store,
    publish,
  });
  const views = new DatabaseViews({ monitoring, operations: store });
  const authorized = new AuthorizedDatabases({ databases, views, authorizer });

  services.permissionsRegistry.addResourceType({
    resourceRef: databaseResourceRef,
    permissions: databaseOpsPermissions,
    rules: Object.values(databaseRules),
    getResources: async ids => ids.map(id => databases.get(id)),
  });
  services.httpRouter.use(
    await createRouter({
      callerOf: createCallerOf(services.httpAuth),
      databases: authorized,
      operations: new AuthorizedOperations({
        service,
        store,
        authorizer,
        audit,
      }),
      audit: new AuthorizedAudit({ ...history, audit, authorizer }),
      backups,
      instances,
      proofs,
      ...authorizeRetention({
        ...parts,
        retention,
        backups,
        authorizer,
        audit,
        publish,
        openStore: S3ObjectStore.create,
      }),
      monitoring,
      policies: new PolicyViews({ ...parts, ...schedules }),
      previewer: new PolicyPreviewer({
        ...parts,
        ...schedules,
        retention: (id, rules) => retention.service.wouldAlsoRemove(id, rules),
      }),
      scheduleRuns: schedules.runs,
      summary: new SummaryService({
        authorized,
        databases,
        owners,
        operations: store,
      }),
    }),
  );
  await scheduleTasks({
    ...parts,
    owners,
    heartbeats: new Heartbeats(parts),
    schedules: schedules.runner,
    expiry: new ExpiryRunner({ ...parts, instances, operations: service }),
    reconciler: new Reconciler({
      ...parts,
      pins: retention.keeper,
      backups,
      publish,
      openStore: S3ObjectStore.create,
      inventories: new InventoryRequester({
        ...parts,
        store,
        validator,
        operations: service,
        intervalSeconds: settings.reconciliation.intervalSeconds,
      }),
    }),
  });
  await keepHistory({ ...parts, history });
  followWhileRunning(dispatcher, lifecycle);
  lifecycle.addStartupHook(() => monitoring.start());
  logger.info(
    `Database Operations manages ${databases.list().length} databases with executor '${executor.name}' on ${executor.host}.`,
  );
}
