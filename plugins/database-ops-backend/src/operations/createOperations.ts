// Puts the operations half of the plugin together; logic lives in its parts.
import { randomUUID } from 'node:crypto';
import { LoggerService } from '@backstage/backend-plugin-api';
import { Executor } from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { AuditLog } from '../audit/AuditLog';
import { BackupStore } from '../backups/BackupStore';
import { Settings } from '../databases/readSettings';
import { DatabaseCatalog } from '../databases/types';
import { OperationAnnouncer } from '../notify/OperationAnnouncer';
import { RestoredInstanceStore } from '../restored-instances/RestoredInstanceStore';
import { FollowFailures } from './FollowFailures';
import { OperationDispatcher } from './OperationDispatcher';
import { OperationEnder } from './OperationEnder';
import { OperationJournal } from './OperationJournal';
import { OperationLeases } from './OperationLeases';
import { OperationService } from './OperationService';
import { OperationStore } from './OperationStore';
import { RequestValidator } from './RequestValidator';
import { Remains } from './Remains';
import { ResultRecorder } from './ResultRecorder';

/** A dead portal process is noticed after this time; three renewals fit into it. */
const ROW_LEASE_SECONDS = 10;
const RENEW_SECONDS = 3;
const POLL_SECONDS = 2;
/** Workers are processes of this host; a queue is kinder to it than all at once. */
const CONCURRENCY = 8;

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
  readonly audit: AuditLog;
  readonly announcer: OperationAnnouncer;
}

/** The operations half of the plugin. */
export interface Operations {
  readonly service: OperationService;
  readonly validator: RequestValidator;
  readonly dispatcher: OperationDispatcher;
}

export function createOperations(options: OperationsOptions): Operations {
  const { knex, clock, executor, settings } = options;
  const leaseOwner = `${executor.host}/${process.pid}/${randomUUID()}`;
  const journal = new OperationJournal({ knex, clock });
  const leases = new OperationLeases({
    knex,
    clock,
    holder: {
      owner: leaseOwner,
      host: executor.host,
      executor: executor.name,
    },
    leaseSeconds: ROW_LEASE_SECONDS,
  });
  const results = new ResultRecorder(options);
  const dispatcher = new OperationDispatcher({
    ...options,
    settings: settings.executor,
    journal,
    leaseOwner,
    leases,
    ender: new OperationEnder({ ...options, journal, results }),
    failures: new FollowFailures(),
    remains: new Remains({ ...options, leases, results }),
    renewSeconds: RENEW_SECONDS,
    pollSeconds: POLL_SECONDS,
    heartbeatSeconds: settings.executor.heartbeatSeconds,
    absentHostSeconds: settings.executor.absentHostSeconds,
    concurrency: CONCURRENCY,
  });
  const validator = new RequestValidator(options);
  return {
    validator,
    dispatcher,
    service: new OperationService({
      ...options,
      journal,
      validator,
      waker: dispatcher,
    }),
  };
}
