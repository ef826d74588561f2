import { InputError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import {
  Backup,
  OPERATION_KINDS,
  OperationKind,
} from 'backstage-plugin-database-ops-common';
import {
  Engine,
  Inventory,
  eraseEngineConfig,
} from 'backstage-plugin-database-ops-node';

/** The test engine reaches times of this day. */
export const REACHABLE_DAY = '2026-11-21';

/** What the test engine has no verb for. */
const LACKING: readonly OperationKind[] = [
  'verify',
  'maintain',
  'rotate',
  'archive',
  'apply',
];

/** An engine that only describes itself; a {@link MemoryExecutor} plays its worker. */
export const testEngine: Engine = eraseEngineConfig<{ readonly host: string }>({
  describe: {
    kind: 'test',
    title: 'Test',
    readConfig: (raw, path) => {
      const host = (raw as { host?: unknown } | undefined)?.host;
      if (typeof host !== 'string') {
        throw new InputError(`${path}.host: expected a host name`);
      }
      return { host };
    },
    members: config => [{ name: 'test-1', host: config.host, port: 1 }],
    abortGraceSeconds: (_config, { parameters }) =>
      parameters.mode === 'in-place' ? 90 : 0,
    capabilities: () => ({
      verbs: OPERATION_KINDS.filter(kind => !LACKING.includes(kind)),
      backupTypes: [{ id: 'full', title: 'Full', description: 'Everything' }],
      restoreKinds: [
        { id: 'latest', title: 'Latest', description: 'The newest backup' },
        {
          id: 'backup',
          title: 'A backup',
          description: 'A chosen backup',
          parameters: {
            type: 'object',
            properties: { backupId: { type: 'string' } },
            required: ['backupId'],
            additionalProperties: false,
          },
        },
        { id: 'time', title: 'A time', description: 'An hour of a day' },
      ],
      restoreModes: ['new-place', 'in-place'],
    }),
    recoveryWindow: databaseId => ({
      databaseId,
      intervals: [],
      sentence: 'Nothing is known.',
    }),
    resolve: (_databaseId, { backups }, { kind, time, backupId }) => {
      const [backup] = backups;
      const last = `${REACHABLE_DAY}T23:00:00.000Z`;
      return kind === 'time' && !String(time).startsWith(REACHABLE_DAY)
        ? {
            reachable: false,
            sentence: `${time} is not archived. The nearest moment: ${last}.`,
            nearest: [{ time: last }],
          }
        : {
            reachable: true,
            sentence: `${time} is reached.`,
            moment: { time: String(time ?? backup?.stoppedAt) },
            backupId: backup?.id,
            replayBytes: 1000,
            parameters:
              kind === 'time'
                ? { kind, time }
                : { kind: 'backup', backupId: backupId ?? backup?.id ?? null },
          };
    },
  },
  observe: {
    createObserver: () => ({
      checkHealth: async () => ({
        signals: [
          {
            id: 'reachable',
            title: 'Reachable',
            status: 'ok',
            sentence: 'test-1 answers.',
            observedAt: new Date().toISOString(),
          },
        ],
      }),
      close: async () => {},
    }),
    connectCommand: () => ({ command: 'true', args: [] }),
  },
  operate: {},
});

export function testBackup(databaseId: string, id = 'backup-1'): Backup {
  return {
    id,
    databaseId,
    type: 'full',
    startedAt: '2026-11-20T02:00:00.000Z',
    stoppedAt: '2026-11-20T02:01:00.000Z',
    chain: [id],
    state: 'present',
  };
}

export function testInventory(
  databaseId: string,
  backups: readonly Backup[] = [testBackup(databaseId)],
  observedAt = new Date().toISOString(),
): Inventory {
  return {
    version: 1,
    databaseId,
    engine: 'test',
    observedAt,
    backups,
    logs: [],
  };
}

/** What a worker of a backup that went well says last. */
export function testBackupResult(databaseId: string) {
  const data = {
    backup: testBackup(databaseId),
    inventory: testInventory(databaseId),
  };
  return {
    type: 'result',
    data: JSON.parse(JSON.stringify(data)) as JsonObject,
  } as const;
}
