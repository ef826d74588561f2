// Puts the audit half of the plugin together; logic lives in its parts.
import {
  AuditorService,
  LoggerService,
  RootConfigService,
} from '@backstage/backend-plugin-api';
import { metrics } from '@opentelemetry/api';
import {
  ObjectStore,
  RepositoryDefinition,
} from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { ConfigurationError } from '../databases/keyPath';
import { ConfiguredDatabases } from '../databases/ConfiguredDatabases';
import { Announcements } from '../notify/Announcements';
import { AuditLog } from './AuditLog';
import { AuditMetrics } from './AuditMetrics';
import { AuditSettings, readAuditSettings } from './auditSettings';
import { AuditStore } from './AuditStore';
import { ChainCheckStore } from './ChainCheckStore';
import { ChainKeeper } from './ChainKeeper';

/** The audit half of the plugin. */
export interface Audit {
  readonly settings: AuditSettings;
  readonly store: AuditStore;
  readonly log: AuditLog;
  readonly keeper: ChainKeeper;
  readonly metrics: AuditMetrics;
}

/** @throws ConfigurationError when the repository for anchors is not configured. */
export function createAudit(options: {
  readonly config: RootConfigService;
  readonly knex: Knex;
  readonly clock: () => Date;
  readonly logger: LoggerService;
  readonly auditor: AuditorService;
  readonly databases: ConfiguredDatabases;
  readonly announcements: Announcements;
  readonly openStore: (
    repository: RepositoryDefinition,
  ) => Promise<ObjectStore>;
}): Audit {
  const { announcements, openStore } = options;
  const settings = readAuditSettings(options.config);
  const repository = anchorRepository(options.databases, settings);
  const store = new AuditStore(options);
  const log = new AuditLog({ ...options, store });
  const checks = new ChainCheckStore(options);
  return {
    settings,
    store,
    log,
    keeper: new ChainKeeper({
      ...options,
      audit: log,
      checks,
      settings: {
        ...settings,
        lockSeconds: repository?.setup?.objectLock
          ? settings.lockSeconds
          : undefined,
      },
      openStore: repository && (() => openStore(repository)),
      alarm: async fault => {
        await announcements.announce({
          event: 'audit-broken',
          title: 'The audit history is not as it was written',
          description: `${fault.reason} Keep the database and the repository as they are, and find out who had access to them; the runbook AuditChainBroken says how.`,
          link: '/database-ops/audit',
          scope: 'audit',
        });
      },
    }),
    metrics: new AuditMetrics({
      ...options,
      checks,
      meter: metrics.getMeter('backstage-plugin-database-ops-backend'),
    }),
  };
}

function anchorRepository(
  databases: ConfiguredDatabases,
  settings: AuditSettings,
): RepositoryDefinition | undefined {
  const repositories = databases.repositories();
  const { repositoryId = [...repositories.keys()][0] } = settings;
  if (repositoryId === undefined) {
    return undefined;
  }
  const part = repositories.get(repositoryId);
  if (!part) {
    throw new ConfigurationError(
      'databaseOps.audit.repository',
      `expected the name of a repository; '${repositoryId}' is not configured`,
    );
  }
  return part.error ? undefined : part.value;
}
