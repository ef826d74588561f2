import { TestDatabases } from '@backstage/backend-test-utils';
import { JsonObject } from '@backstage/types';
import { createTestStack, migrate } from '../__testUtils__/testStack';
import {
  REACHABLE_DAY,
  testBackup,
  testEngine,
  testInventory,
} from '../__testUtils__/testEngine';
import { ReadyDatabase, isReady } from '../databases/types';
import { resolveRequest } from './resolveRequest';
import { subjectSentence } from './subject';

const databases = TestDatabases.create({ ids: ['SQLITE_3'] });

/** A moment at which its backup ends. */
const BACKUP_END = `${REACHABLE_DAY}T12:00:00.000Z`;

/** Opens what is latest or a backup, pauses at a chosen moment. */
const pausingEngine: typeof testEngine = {
  ...testEngine,
  describe: {
    ...testEngine.describe,
    capabilities: config => ({
      ...testEngine.describe.capabilities(config),
      restoreKinds: ['latest', 'backup', 'time', 'lsn', 'xid', 'name'].map(
        id => ({
          id,
          title: id,
          description: id,
          parameters: {
            type: 'object',
            properties: {
              action: {
                enum: ['pause', 'open'],
                default: ['latest', 'backup'].includes(id) ? 'open' : 'pause',
              },
            },
          },
        }),
      ),
    }),
    resolve: (_databaseId, _inventory, { kind, timeline, ...asked }) => ({
      reachable: true,
      sentence: 'It is reached.',
      backupId: 'backup-1',
      parameters:
        kind === 'backup' || asked.time === BACKUP_END
          ? { kind: 'backup', backupId: 'backup-1' }
          : {
              kind: kind === 'latest' ? 'lsn' : kind,
              ...(kind === 'latest' && { lsn: '0/3000000' }),
              ...(kind === 'time' && { time: asked.time }),
              ...(kind === 'lsn' && { lsn: asked.lsn }),
              ...(kind === 'xid' && { xid: asked.xid }),
              ...(kind === 'name' && { name: asked.name }),
              backupId: 'backup-1',
              timeline: timeline ?? 1,
            },
    }),
  },
};

async function createStack() {
  const knex = await databases.init('SQLITE_3');
  await migrate(knex);
  const stack = await createTestStack({ knex });
  const found = stack.databases.get('orders');
  if (!found || !isReady(found)) {
    throw new Error('The test database is not ready.');
  }
  const database: ReadyDatabase = {
    ...found,
    engine: { ...found.engine, engine: pausingEngine },
  };
  const inventory = testInventory('orders', [testBackup('orders')]);
  jest.spyOn(stack.backups, 'getInventory').mockResolvedValue(inventory);
  return { knex, stack, database };
}

describe('what is approved of a restore', () => {
  async function create() {
    const { stack, database } = await createStack();
    return async (parameters: JsonObject) =>
      (
        await resolveRequest(
          { databaseId: 'orders', kind: 'restore', parameters },
          database,
          stack,
        )
      ).parameters;
  }

  const KINDS: readonly JsonObject[] = [
    { kind: 'latest' },
    { kind: 'backup', backupId: 'backup-1' },
    { kind: 'time', time: `${REACHABLE_DAY}T10:00:00.000Z` },
    { kind: 'time', time: BACKUP_END },
    { kind: 'lsn', lsn: '0/2000000' },
    { kind: 'xid', xid: '738' },
    { kind: 'name', name: 'before' },
  ];

  it.each(
    KINDS.flatMap(parameters =>
      (['pause', 'open'] as const).map(action => ({ ...parameters, action })),
    ),
  )('keeps the action $action of $kind $time', async parameters => {
    const resolve = await create();
    expect((await resolve(parameters)).action).toBe(parameters.action);
  });

  it.each(KINDS)(
    'names the action that $kind $time has by default, whatever kind it becomes',
    async parameters => {
      const resolve = await create();
      expect((await resolve(parameters)).action).toBe(
        parameters.kind === 'latest' || parameters.kind === 'backup'
          ? 'open'
          : 'pause',
      );
    },
  );

  it('keeps the repository, the expiry and the mode, and of the moment only what was resolved', async () => {
    const resolve = await create();
    const own = {
      repositoryId: 'main',
      expiresAfter: 'PT2H',
      mode: 'in-place',
      anything: 'else',
    };
    expect(
      await resolve({ kind: 'time', time: BACKUP_END, timeline: 2, ...own }),
    ).toEqual({ kind: 'backup', backupId: 'backup-1', ...own });
    expect(
      await resolve({ kind: 'latest', timeline: 2, action: 'pause', ...own }),
    ).toEqual({
      kind: 'lsn',
      lsn: '0/3000000',
      backupId: 'backup-1',
      timeline: 2,
      action: 'pause',
      ...own,
    });
  });
});

describe('what is approved of', () => {
  it('an advance to the latest moment is its position, from the backup of the instance', async () => {
    const { knex, stack, database } = await createStack();
    await knex.transaction(trx =>
      stack.instances.add(trx, {
        id: 'copy',
        databaseId: 'orders',
        operationId: 'copy',
        state: 'paused',
        backupId: 'backup-1',
        host: 'host-a',
        directory: '/restored',
        moment: { time: '2026-11-21T10:00:00.000Z', timeline: 2 },
        expiresAt: '2099-01-01T00:00:00.000Z',
      }),
    );
    const request = {
      databaseId: 'orders',
      kind: 'advance',
      parameters: {
        kind: 'latest',
        timeline: 2,
        restoredInstanceId: 'copy',
        repositoryId: 'main',
      },
      placementHost: 'host-a',
    } as const;
    const { parameters, target } = await resolveRequest(
      request,
      database,
      stack,
    );
    expect(parameters).toEqual({
      kind: 'lsn',
      lsn: '0/3000000',
      backupId: 'backup-1',
      timeline: 2,
      restoredInstanceId: 'copy',
      repositoryId: 'main',
    });
    // What was approved stays the same when it is judged again.
    expect(
      await resolveRequest({ ...request, parameters }, database, stack),
    ).toEqual({ parameters, target });
    expect(
      subjectSentence({
        version: 1,
        operationId: 'one',
        databaseId: 'orders',
        kind: 'advance',
        parameters,
        target,
      }),
    ).toContain('at 2026-11-21T10:00:00.000Z to 0/3000000');
  });

  it('maintenance that names no objects are those which the preview suggests, and nothing is approved when it suggests none', async () => {
    const { stack, database } = await createStack();
    const suggesting = (suggested: boolean): ReadyDatabase => ({
      ...database,
      engine: {
        ...database.engine,
        engine: {
          ...pausingEngine,
          observe: {
            ...pausingEngine.observe,
            maintenancePreview: async (_definition, action) => ({
              action,
              sentence: 'One of 2 needs it.',
              observedAt: '2026-11-21T10:00:00.000Z',
              items: ['public.a', 'public.b'].map(object => ({
                object,
                reason: 'bloat',
                command: `REINDEX ${object}`,
                suggested: suggested && object === 'public.b',
              })),
            }),
          },
        },
      },
    });
    const resolve = async (parameters: JsonObject, suggested = true) =>
      (
        await resolveRequest(
          { databaseId: 'orders', kind: 'maintain', parameters },
          suggesting(suggested),
          stack,
        )
      ).parameters;
    expect(await resolve({ action: 'reindex' })).toEqual({
      action: 'reindex',
      objects: ['public.b'],
    });
    const named = { action: 'reindex', objects: ['public.a'] };
    expect(await resolve(named)).toEqual(named);
    await expect(resolve({ action: 'reindex' }, false)).rejects.toThrow(
      'name the objects',
    );
  });
});
