import { ResponseError } from '@backstage/errors';
import {
  Backup,
  Database,
  HealthReport,
  Operation,
  Summary,
} from 'backstage-plugin-database-ops-common';
import { DatabaseOpsApi } from '../api/DatabaseOpsApi';

/** A moment so many seconds before now. */
export function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString();
}

/** An answer of the backend that is an error. */
export function answer(
  statusCode: number,
  error: {
    name: string;
    message: string;
    operationId?: string;
    secondPersonWanted?: boolean;
  },
): Promise<ResponseError> {
  const text = JSON.stringify({ error, response: { statusCode } });
  return ResponseError.fromResponse(
    new Response(text, {
      status: statusCode,
      headers: { 'content-type': 'application/json' },
    }),
  );
}

export function aDatabase(changes: Partial<Database> = {}): Database {
  return {
    id: 'analytics-timescale',
    title: 'Analytics',
    engine: 'postgresql',
    engineVersion: 'PostgreSQL 15.20',
    environment: 'demo',
    entityRef: 'resource:default/analytics-timescale',
    owner: 'group:default/team-analytics',
    repositoryId: 'main',
    policyName: 'gold',
    status: 'degraded',
    sentence: 'Standby fleet-pg-2 is not streaming.',
    since: ago(600),
    observedAt: ago(5),
    members: [{ name: 'fleet-pg-1' }],
    freshness: {
      state: 'kept',
      sentence: 'The newest backup is 9 min old.',
      lastBackupId: '20261116-020301F',
      lastBackupAt: ago(540),
      restorableTo: ago(540),
      ageSeconds: 540,
      objectiveSeconds: 3600,
    },
    alertCount: 1,
    capabilities: {
      verbs: ['inventory', 'backup', 'restore', 'discard'],
      backupTypes: [
        {
          id: 'full',
          title: 'Full',
          description: 'Everything.',
          parameters: {
            type: 'object',
            required: ['processes'],
            properties: {
              compression: { type: 'string', enum: ['zst', 'gz'] },
              checkPages: { type: 'boolean', title: 'Check pages' },
              processes: {
                type: 'integer',
                title: 'Processes',
                minimum: 1,
                maximum: 8,
                default: 2,
              },
              giveUpAfter: {
                type: 'string',
                format: 'duration',
                title: 'Give up after',
                default: 'PT4H',
              },
            },
          },
        },
        { id: 'incr', title: 'Incremental', description: 'What changed.' },
      ],
      restoreKinds: [
        { id: 'latest', title: 'Latest', description: 'The newest moment.' },
        {
          id: 'backup',
          title: 'A backup',
          description: 'The end of a backup.',
        },
      ],
    },
    permissions: { run: true, restore: true, audit: true },
    ...changes,
  };
}

export function aReport(changes: Partial<HealthReport> = {}): HealthReport {
  return {
    databaseId: 'analytics-timescale',
    status: 'degraded',
    sentence: 'Standby fleet-pg-2 is not streaming.',
    observedAt: ago(5),
    intervalSeconds: 30,
    counts: { ok: 1, warning: 1, critical: 0, unknown: 0 },
    signals: [
      {
        id: 'connections',
        title: 'Connections',
        status: 'ok',
        value: 12,
        unit: '1',
        threshold: 'warning above 80',
        sentence: '12 of 100 on fleet-pg-1.',
        observedAt: ago(5),
      },
      {
        id: 'standby',
        title: 'Standby',
        status: 'warning',
        sentence: 'fleet-pg-2 is not streaming.',
        observedAt: ago(5),
      },
    ],
    ...changes,
  };
}

export function aBackup(changes: Partial<Backup> = {}): Backup {
  return {
    id: '20261116-020301F',
    databaseId: 'analytics-timescale',
    type: 'full',
    startedAt: ago(560),
    stoppedAt: ago(540),
    sizeBytes: 493 * 1024 * 1024,
    chain: ['20261116-020301F'],
    state: 'present',
    breakGlass: ['pgbackrest restore --set=20261116-020301F'],
    ...changes,
  };
}

export function anOperation(changes: Partial<Operation> = {}): Operation {
  return {
    id: 'op-1',
    databaseId: 'analytics-timescale',
    kind: 'backup',
    state: 'running',
    parameters: { type: 'full' },
    requestedBy: 'schedule:analytics-timescale/nightly',
    requestedAt: ago(40),
    startedAt: ago(38),
    progress: { step: 'copying files', percent: 40 },
    version: 3,
    ...changes,
  };
}

export function aSummary(changes: Partial<Summary> = {}): Summary {
  return {
    databases: 2,
    byStatus: { healthy: 1, degraded: 1 },
    byFreshness: { kept: 1, missed: 1 },
    gaps: [],
    ...changes,
  };
}

function pending(): Promise<never> {
  return new Promise(() => {});
}

/** Every method of the API; a new one does not compile until it stands here. */
const METHODS: Record<keyof DatabaseOpsApi, true> = {
  getSummary: true,
  getPolicies: true,
  previewPolicies: true,
  getRepositories: true,
  getDatabases: true,
  getDatabase: true,
  getHealth: true,
  getBackups: true,
  getRecoveryWindow: true,
  getReachability: true,
  getObjectives: true,
  getProofs: true,
  getBlastRadius: true,
  getMaintenancePreview: true,
  getStatements: true,
  getSessions: true,
  cancelSession: true,
  queryRestoredInstance: true,
  reconcileDatabase: true,
  getRetentionPreview: true,
  getPins: true,
  createPin: true,
  deletePin: true,
  getRestoredInstances: true,
  forgetRestoredInstance: true,
  getAlerts: true,
  getPanels: true,
  getPanelData: true,
  getOperations: true,
  getOperation: true,
  getOperationEvents: true,
  createOperation: true,
  cancelOperation: true,
  retryOperation: true,
  getApproval: true,
  decideApproval: true,
  reviewOverride: true,
  getMaintenanceModes: true,
  startMaintenance: true,
  endMaintenance: true,
  getAuditEvents: true,
  getAuditChain: true,
  exportAuditEvents: true,
};

/** A backend that answers as given, and otherwise not yet. */
export function anApi(
  answers: Partial<DatabaseOpsApi> = {},
): jest.Mocked<DatabaseOpsApi> {
  const names = Object.keys(METHODS) as (keyof DatabaseOpsApi)[];
  return Object.fromEntries(
    names.map(name => [
      name,
      jest.fn().mockImplementation(answers[name] ?? pending),
    ]),
  ) as unknown as jest.Mocked<DatabaseOpsApi>;
}
