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
  UserInfoService,
} from '@backstage/backend-plugin-api';
import { CatalogService } from '@backstage/plugin-catalog-node';
import { NotificationService } from '@backstage/plugin-notifications-node';
import { SignalsService } from '@backstage/plugin-signals-node';
import { metrics } from '@opentelemetry/api';
import {
  databaseOpsPausePermission,
  databaseOpsPermissions,
} from 'backstage-plugin-database-ops-common';
import {
  EngineRegistry,
  S3ObjectStore,
} from 'backstage-plugin-database-ops-node';
import { AuthorizedApprovals } from './approvals/AuthorizedApprovals';
import { createApprovals } from './approvals/createApprovals';
import { expireApprovals } from './approvals/expireApprovals';
import { createOverrideSignal } from './approvals/overrideSignal';
import { AuthorizedAudit } from './audit/AuthorizedAudit';
import { createAudit } from './audit/createAudit';
import { keepHistory } from './audit/keepHistory';
import { BackupStore } from './backups/BackupStore';
import { BlastRadiusService } from './blast-radius/BlastRadiusService';
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
import { InsightService } from './insight/InsightService';
import { QueryBox } from './insight/QueryBox';
import { AuthorizedMaintenance } from './maintenance/AuthorizedMaintenance';
import { MaintenanceModes } from './maintenance/MaintenanceModes';
import { Heartbeats } from './metrics/Heartbeats';
import { QueueMetrics } from './metrics/QueueMetrics';
import { NotificationAnnouncements } from './notify/NotificationAnnouncements';
import { OnceKeys } from './notify/OnceKeys';
import { OperationAnnouncer } from './notify/OperationAnnouncer';
import { AuthorizedOperations } from './operations/AuthorizedOperations';
import { ExecutorRegistry } from './operations/chooseExecutor';
import { createStuckSignal } from './operations/stuck/stuckSignal';
import { createOperations } from './operations/createOperations';
import { OperationStore } from './operations/OperationStore';
import { scheduleHistory } from './operations/scheduleHistory';
import { DatabaseAuthorizer } from './permissions/DatabaseAuthorizer';
import {
  databaseResourceRef,
  databaseRules,
} from './permissions/databaseResource';
import { ArchiveCheckSignal } from './proofs/ArchiveCheckSignal';
import { ProofStore } from './proofs/ProofStore';
import {
  createObjectives,
  observeObjectives,
} from './objectives/createObjectives';
import { AuthorizedReconciliation } from './reconciliation/AuthorizedReconciliation';
import { createReconciliation } from './reconciliation/createReconciliation';
import { VanishedBackups } from './reconciliation/VanishedBackups';
import { isReady } from './databases/types';
import { FirstRepositories } from './repositories/FirstRepositories';
import { FIRST_REPOSITORY } from './repositories/repositoriesOf';
import { RepositoryViews } from './repositories/RepositoryViews';
import { LockSignal } from './repositories/LockSignal';
import { bucketCheck, SetupProbe } from './repositories/SetupProbe';
import { StorageSizes } from './repositories/StorageSizes';
import { LostInstances } from './restored-instances/LostInstances';
import { createLostSignal } from './restored-instances/lostSignal';
import { RestoredInstanceStore } from './restored-instances/RestoredInstanceStore';
import { createSchedules } from './schedule/createSchedules';
import { ExpiryRunner } from './schedule/ExpiryRunner';
import { PolicyPreviewer } from './policies/PolicyPreviewer';
import { PolicyViews } from './policies/PolicyViews';
import {
  authorizeRetention,
  createRetention,
} from './retention/createRetention';
import { SummaryService } from './summary/SummaryService';
import { followWhileRunning, scheduleTasks } from './tasks';
import { MaintenancePreviews } from './upkeep/MaintenancePreviews';
import { createWatch, watchWhileRunning } from './watch/createWatch';
import { RecoveryWindowSignal } from './reachability/RecoveryWindowSignal';
import { restorableIn } from './reachability/restorableSpan';

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
  readonly userInfo: UserInfoService;
  readonly engines: EngineRegistry;
  readonly executors: ExecutorRegistry;
  readonly providers: ProviderRegistry;
}

/** A health check waits for it, once in minutes. */
const SETUP_TIMEOUT_SECONDS = 5;

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

  const backups = new BackupStore({
    ...parts,
    restorable: restorableIn(databases),
  });
  const firsts = new FirstRepositories(parts);
  for (const database of databases.list().filter(isReady)) {
    await firsts.note(database);
    await backups.forgetOthers(database.id, [
      FIRST_REPOSITORY,
      ...(database.additionalRepositoryIds ?? []),
    ]);
  }
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
  const held = createApprovals({ ...parts, backups, instances });
  const executor = await services.executors.choose(settings.executor);
  const maintenance = new MaintenanceModes(parts);
  const { service, approvalService, validator, dispatcher, views } =
    createOperations({
      ...parts,
      store,
      backups,
      instances,
      proofs,
      retention,
      audit,
      announcer,
      announcements,
      ...held,
      executor,
      maintenance,
    });
  const schedules = createSchedules({
    ...parts,
    service,
    store,
    validator,
    maintenance,
  });
  const watch = createWatch({ ...parts, ...schedules, announcements });
  const publish = announcer.publish.bind(announcer);
  const setup = new SetupProbe({ check: bucketCheck(SETUP_TIMEOUT_SECONDS) });
  const vanished = new VanishedBackups({ ...parts, backups, announcements });
  const objectives = createObjectives({ ...parts, store, backups, proofs });
  const monitoring = await createMonitoring({
    ...parts,
    backups,
    operations: store,
    audit,
    announcements,
    signalSources: [
      watch.signal,
      createOverrideSignal(held.approvals),
      createLostSignal(instances),
      createStuckSignal(knex),
      new ArchiveCheckSignal({ proofs }),
      new LockSignal({ backups }),
      new RecoveryWindowSignal({ backups }),
      setup,
      vanished,
    ],
    publish,
  });
  const databaseViews = new DatabaseViews({
    ...parts,
    monitoring,
    operations: store,
    objectives,
    maintenance,
  });
  const authorized = new AuthorizedDatabases({
    databases,
    views: databaseViews,
    authorizer,
  });

  const reconciliation = createReconciliation({
    ...parts,
    pins: retention.keeper,
    proofs,
    audit,
    announcements,
    vanished,
    backups,
    publish,
    openStore: S3ObjectStore.create,
    store,
    validator,
    operations: service,
    intervalSeconds: settings.reconciliation.intervalSeconds,
  });

  services.permissionsRegistry.addResourceType({
    resourceRef: databaseResourceRef,
    permissions: databaseOpsPermissions,
    rules: Object.values(databaseRules),
    getResources: async ids => ids.map(id => databases.get(id)),
  });
  services.permissionsRegistry.addPermissions([databaseOpsPausePermission]);
  services.httpRouter.use(
    await createRouter({
      callerOf: createCallerOf(services.httpAuth),
      databases: authorized,
      operations: new AuthorizedOperations({
        service,
        store,
        views,
        authorizer,
        audit,
      }),
      maintenance: new AuthorizedMaintenance({
        modes: maintenance,
        databases,
        authorizer,
        audit,
        publish,
        wake: () => dispatcher.wake(),
      }),
      audit: new AuthorizedAudit({ ...history, audit, authorizer }),
      blastRadius: new BlastRadiusService({
        ...parts,
        authorized,
        backups,
        instances,
      }),
      previews: new MaintenancePreviews({ ...parts, authorized }),
      insight: new InsightService({ ...parts, authorized, authorizer, audit }),
      queryBox: new QueryBox({
        ...parts,
        instances,
        authorizer,
        audit,
        host: executor.host,
      }),
      approvals: new AuthorizedApprovals({
        ...parts,
        ...held,
        service: approvalService,
        operations: store,
        authorizer,
        audit,
      }),
      backups,
      instances,
      proofs,
      lostInstances: new LostInstances({
        ...parts,
        ...held,
        instances,
        operations: store,
        authorizer,
        audit,
        publish,
      }),
      ...authorizeRetention({
        ...parts,
        ...held,
        retention,
        backups,
        authorizer,
        audit,
        publish,
        openStore: S3ObjectStore.create,
      }),
      monitoring,
      objectives,
      reconciliation: new AuthorizedReconciliation({
        ...reconciliation,
        databases,
        authorizer,
        audit,
      }),
      repositories: new RepositoryViews({
        databases,
        authorizer,
        setup,
        sizes: new StorageSizes({ openStore: S3ObjectStore.create, clock }),
      }),
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
        catalog: services.catalog,
      }),
    }),
  );
  const heartbeats = new Heartbeats(parts);
  await scheduleTasks({
    ...parts,
    owners,
    heartbeats,
    schedules: schedules.runner,
    watch: watch.deadMan,
    expiry: new ExpiryRunner({ ...parts, instances, operations: service }),
    reconciler: reconciliation.reconciler,
  });
  await observeObjectives({ ...parts, objectives });
  await keepHistory({ ...parts, history });
  const queueMetrics = new QueueMetrics({
    ...parts,
    maintenance,
    meter: metrics.getMeter('backstage-plugin-database-ops-backend'),
  });
  lifecycle.addStartupHook(() => queueMetrics.start());
  lifecycle.addShutdownHook(() => queueMetrics.stop());
  await scheduleHistory({ ...parts, onceKeys });
  await expireApprovals({ ...parts, approvals: approvalService });
  dispatcher.tidy(() => heartbeats.beat('dispatcher'));
  followWhileRunning(dispatcher, lifecycle);
  watchWhileRunning(watch, lifecycle);
  lifecycle.addStartupHook(() => monitoring.start());
  logger.info(
    `Database Operations manages ${databases.list().length} databases with executor '${executor.name}' on ${executor.host}.`,
  );
}
