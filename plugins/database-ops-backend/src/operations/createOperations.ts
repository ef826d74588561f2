// Puts the operations half of the plugin together; logic lives in its parts.
import { randomUUID } from 'node:crypto';
import { LoggerService } from '@backstage/backend-plugin-api';
import { metrics } from '@opentelemetry/api';
import { Executor } from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { ApprovalGate } from '../approvals/ApprovalGate';
import { ApprovalService } from '../approvals/ApprovalService';
import { ApprovalStore } from '../approvals/ApprovalStore';
import { AuditLog } from '../audit/AuditLog';
import { BackupStore } from '../backups/BackupStore';
import { Settings } from '../databases/readSettings';
import { DatabaseCatalog } from '../databases/types';
import { MaintenanceModes } from '../maintenance/MaintenanceModes';
import { Announcements } from '../notify/Announcements';
import { OperationDurations } from '../metrics/OperationDurations';
import { OperationAnnouncer } from '../notify/OperationAnnouncer';
import { ProofStore } from '../proofs/ProofStore';
import { RestoredInstanceStore } from '../restored-instances/RestoredInstanceStore';
import { Retention } from '../retention/createRetention';
import { FollowFailures } from './FollowFailures';
import { OperationDispatcher } from './OperationDispatcher';
import { OperationEnder } from './OperationEnder';
import { OperationJournal } from './OperationJournal';
import { OperationLeases } from './OperationLeases';
import { OperationService } from './OperationService';
import { OperationStore } from './OperationStore';
import { RequestValidator } from './requests/RequestValidator';
import { AutomaticRetries } from './retry/AutomaticRetries';
import { retryDue } from './retry/retryDue';
import { OperationViews } from './OperationViews';
import { OperationQueue } from './queue/OperationQueue';
import { Remains } from './Remains';
import { ResultRecorder } from './ResultRecorder';

const METER = 'backstage-plugin-database-ops-backend';

/** A dead portal process is noticed after this time; three renewals fit into it. */
const ROW_LEASE_SECONDS = 10;
const RENEW_SECONDS = 3;
/** One indexed question when nothing waits: what another replica queued starts within this time. */
const POLL_SECONDS = 0.5;
const TIDY_SECONDS = 2;

/** What the operations half is built from. */
export interface OperationsOptions {
  readonly knex: Knex;
  readonly clock: () => Date;
  readonly logger: LoggerService;
  readonly settings: Settings;
  readonly databases: DatabaseCatalog;
  readonly executor: Executor;
  readonly store: OperationStore;
  readonly backups: BackupStore;
  readonly instances: RestoredInstanceStore;
  readonly proofs: ProofStore;
  readonly retention: Retention;
  readonly audit: AuditLog;
  readonly announcer: OperationAnnouncer;
  readonly announcements: Announcements;
  readonly approvals: ApprovalStore;
  readonly gate: ApprovalGate;
  readonly maintenance: MaintenanceModes;
}

/** The operations half of the plugin. */
export interface Operations {
  readonly service: OperationService;
  readonly validator: RequestValidator;
  readonly dispatcher: OperationDispatcher;
  readonly approvalService: ApprovalService;
  readonly views: OperationViews;
}

export function createOperations(options: OperationsOptions): Operations {
  const { knex, clock, databases, executor, maintenance, settings } = options;
  const leaseOwner = `${executor.host}/${process.pid}/${randomUUID()}`;
  const journal = new OperationJournal({ knex, clock });
  const holding = {
    knex,
    clock,
    holder: {
      owner: leaseOwner,
      host: executor.host,
      executor: executor.name,
    },
    leaseSeconds: ROW_LEASE_SECONDS,
  };
  const leases = new OperationLeases(holding);
  const results = new ResultRecorder(options);
  const validator = new RequestValidator(options);
  const dispatcher = new OperationDispatcher({
    ...options,
    settings: settings.executor,
    journal,
    leaseOwner,
    leases,
    queue: new OperationQueue({
      ...holding,
      limits: settings.concurrency,
      maintenance,
    }),
    ender: new OperationEnder({
      ...options,
      journal,
      results,
      retryDue: row => retryDue(row, databases, clock()),
      durations: new OperationDurations(metrics.getMeter(METER)),
    }),
    failures: new FollowFailures(),
    remains: new Remains({ ...options, leases, results }),
    renewSeconds: RENEW_SECONDS,
    pollSeconds: POLL_SECONDS,
    heartbeatSeconds: settings.executor.heartbeatSeconds,
    absentHostSeconds: settings.executor.absentHostSeconds,
    tidySeconds: TIDY_SECONDS,
  });
  const approvalService = new ApprovalService({
    ...options,
    operations: options.store,
    journal,
    wake: () => dispatcher.wake(),
  });
  const service = new OperationService({
    ...options,
    journal,
    validator,
    rivals: options.retention.rivals,
    waker: dispatcher,
    approvalWanted: operation => approvalService.announceWanted(operation),
  });
  const retries = new AutomaticRetries({
    ...options,
    operations: service,
    validator,
  });
  dispatcher.tidy(() => retries.run());
  return {
    validator,
    dispatcher,
    approvalService,
    service,
    views: new OperationViews({
      knex,
      clock,
      approvals: options.approvals,
      maintenance,
      limits: settings.concurrency,
      host: executor.host,
    }),
  };
}
