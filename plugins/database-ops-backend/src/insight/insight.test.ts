import { mockCredentials, mockServices } from '@backstage/backend-test-utils';
import { ConflictError, NotAllowedError } from '@backstage/errors';
import {
  EngineCapabilities,
  RestoredInstance,
} from 'backstage-plugin-database-ops-common';
import { EngineInsight } from 'backstage-plugin-database-ops-node';
import { AuditLog } from '../audit/AuditLog';
import { AuditEntry } from '../audit/chain';
import { AuthorizedDatabases } from '../databases/AuthorizedDatabases';
import { DatabaseCatalog, ReadyDatabase } from '../databases/types';
import { judgeMaintain } from '../operations/requests/judgeMaintain';
import { DatabaseAuthorizer } from '../permissions/DatabaseAuthorizer';
import { RestoredInstanceStore } from '../restored-instances/RestoredInstanceStore';
import { InsightService } from './InsightService';
import { QueryBox } from './QueryBox';

const owner = mockCredentials.user('user:default/owner');
const copy: RestoredInstance = {
  id: 'copy-1',
  databaseId: 'orders',
  operationId: 'copy-1',
  state: 'paused',
  host: 'here',
  createdAt: '2026-11-23T10:00:00.000Z',
  expiresAt: '2026-11-24T10:00:00.000Z',
};
const capabilities: EngineCapabilities = {
  verbs: ['maintain'],
  backupTypes: [],
  restoreKinds: [],
  queryBox: true,
  maintenance: [{ id: 'vacuum', title: 'Vacuum', description: 'Dead rows' }],
};

describe('insight', () => {
  let entries: AuditEntry[];
  let allowed: boolean;
  let instance: RestoredInstance | undefined;
  let asked: string[];
  let answer: () => Promise<unknown>;

  beforeEach(() => {
    entries = [];
    asked = [];
    allowed = true;
    instance = copy;
    answer = async () => ({ sentence: 'Done.', outcome: 'cancelled' });
  });

  const database = () =>
    ({
      id: 'orders',
      title: 'Orders',
      engineKind: 'test',
      definition: { id: 'orders', config: {} },
      engine: {
        engine: {
          describe: { capabilities: () => capabilities },
          observe: {
            queryRestored: async (
              _database: unknown,
              _instance: unknown,
              statement: string,
            ) => {
              asked.push(statement);
              return answer();
            },
            insight: {
              cancelSession: () => answer(),
            } as unknown as EngineInsight<unknown>,
          },
        },
      },
    }) as unknown as ReadyDatabase;

  const options = () => ({
    audit: {
      append: async (entry: AuditEntry) => {
        entries.push(entry);
      },
    } as unknown as AuditLog,
    authorizer: {
      may: async () => allowed,
      mayRun: async () => allowed,
    } as unknown as DatabaseAuthorizer,
    logger: mockServices.logger.mock(),
  });

  const box = (host = 'here') =>
    new QueryBox({
      ...options(),
      instances: {
        get: async () => instance,
      } as unknown as RestoredInstanceStore,
      databases: { get: () => database() } as unknown as DatabaseCatalog,
      host,
    });

  const outcomes = () => entries.map(({ outcome }) => outcome);

  describe('the query box', () => {
    it('keeps the statement in the audit history before it runs and with what came of it', async () => {
      await box().run(owner, 'copy-1', 'SELECT 1');
      expect(asked).toEqual(['SELECT 1']);
      expect(outcomes()).toEqual(['accepted', 'succeeded']);
      for (const { actor, databaseId, details } of entries) {
        expect({ actor, databaseId, details }).toEqual({
          actor: 'user:default/owner',
          databaseId: 'orders',
          details: { restoredInstanceId: 'copy-1', statement: 'SELECT 1' },
        });
      }
    });

    it('keeps a failure too', async () => {
      answer = async () => {
        throw new NotAllowedError('the role may write');
      };
      await expect(box().run(owner, 'copy-1', 'SELECT 1')).rejects.toThrow(
        'the role may write',
      );
      expect(outcomes()).toEqual(['accepted', 'failed']);
      expect(entries[1].sentence).toBe('the role may write');
    });

    it('asks nothing without the permission, nor for a service', async () => {
      allowed = false;
      await expect(box().run(owner, 'copy-1', 'SELECT 1')).rejects.toThrow(
        'database-ops.database.query',
      );
      allowed = true;
      await expect(
        box().run(
          mockCredentials.service('external:shift'),
          'copy-1',
          'TABLE a',
        ),
      ).rejects.toThrow(NotAllowedError);
      expect(asked).toEqual([]);
      expect(outcomes()).toEqual(['denied', 'denied']);
    });

    it('names the host that holds the copy when it is another', async () => {
      await expect(
        box('elsewhere').run(owner, 'copy-1', 'SELECT 1'),
      ).rejects.toThrow("is on host 'here'");
      expect(asked).toEqual([]);
    });

    it.each([
      'running',
      'promoted',
      'recovering',
      'lost',
      'discarded',
    ] as const)('asks nothing of a copy that is %s', async state => {
      instance = { ...copy, state };
      await expect(box().run(owner, 'copy-1', 'SELECT 1')).rejects.toThrow(
        ConflictError,
      );
      expect(asked).toEqual([]);
      expect(outcomes()).toEqual(['accepted', 'failed']);
    });
  });

  describe('cancelling a session', () => {
    const cancel = () =>
      new InsightService({
        ...options(),
        authorized: {
          readable: async () => database(),
        } as unknown as AuthorizedDatabases,
      }).cancel(owner, {
        databaseId: 'orders',
        sessionId: 'pg-1.1.1',
        reason: 'It holds everybody up',
      });

    it('is audited with its reason when it is asked for and with what came of it', async () => {
      await cancel();
      expect(outcomes()).toEqual(['accepted', 'succeeded']);
      expect(entries[1].details).toMatchObject({
        sessionId: 'pg-1.1.1',
        reason: 'It holds everybody up',
      });
    });

    it.each([
      [
        'still runs',
        async () => ({ outcome: 'still-running', sentence: 'It still ran.' }),
      ],
      [
        'must not be cancelled',
        async () => {
          throw new NotAllowedError('It is a superuser.');
        },
      ],
    ])('is audited as failed when the session %s', async (_what, given) => {
      answer = given;
      await Promise.allSettled([cancel()]);
      expect(outcomes()).toEqual(['accepted', 'failed']);
    });
  });

  describe('a request for maintenance', () => {
    const judge = (
      parameters: Parameters<typeof judgeMaintain>[0]['parameters'],
    ) => judgeMaintain({ database: database(), capabilities, parameters });

    it('needs an action that the engine has, and names each object once', async () => {
      expect(
        (await judge({ action: 'vacuum', objects: ['app.a', 'app.a'] }))
          .parameters,
      ).toEqual({ action: 'vacuum', objects: ['app.a'] });
      expect((await judge({ action: 'vacuum' })).parameters).toEqual({
        action: 'vacuum',
      });
    });

    it.each([
      [{ action: 'drop' }, "choose 'vacuum'"],
      [{ action: 'vacuum', objects: [] }, 'must name 1 to'],
      [{ action: 'vacuum', objects: [7] }, 'must name 1 to'],
      [{ action: 'vacuum', objects: 'app.a' }, 'must name 1 to'],
      [{ action: 'vacuum', force: true }, "no parameter 'force'"],
    ])('refuses %j', async (parameters, complaint) => {
      await expect(judge(parameters)).rejects.toThrow(complaint);
    });
  });
});
