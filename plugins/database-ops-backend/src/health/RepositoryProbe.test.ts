import { mockServices } from '@backstage/backend-test-utils';
import {
  ObjectStore,
  OperationFailedError,
} from 'backstage-plugin-database-ops-node';
import { RepositoryProbe } from './RepositoryProbe';
import { TEST_REPOSITORY } from './testDatabases';

describe('RepositoryProbe', () => {
  let nowMs: number;
  let objects: Map<string, string>;
  let puts: number;

  beforeEach(() => {
    nowMs = Date.parse('2026-03-01T10:00:00.000Z');
    objects = new Map();
    puts = 0;
  });

  function memoryStore(overrides: Partial<ObjectStore> = {}): ObjectStore {
    return {
      async put(key, body) {
        puts += 1;
        objects.set(key, body.toString());
        return { etag: '"1"' };
      },
      async get(key) {
        const body = objects.get(key);
        return body === undefined
          ? undefined
          : { body: Buffer.from(body), etag: '"1"' };
      },
      async delete(key) {
        objects.delete(key);
      },
      async encryptionOf() {
        return 'AES256';
      },
      close() {},
      ...overrides,
    } as ObjectStore;
  }

  function probe(overrides: Partial<ObjectStore> = {}, timeoutSeconds = 5) {
    return new RepositoryProbe({
      createStore: async () => memoryStore(overrides),
      intervalSeconds: 30,
      timeoutSeconds,
      logger: mockServices.logger.mock(),
      clock: () => new Date(nowMs),
    });
  }

  async function statusesOf(signals: ReturnType<RepositoryProbe['signalsOf']>) {
    return (await signals).map(signal => [signal.id, signal.status]);
  }

  const fails = (code: string, cause: string) => async () => {
    throw new OperationFailedError({ code, cause, nextStep: 'Look there.' });
  };

  it('finds a repository that takes encrypted writes well and leaves nothing there', async () => {
    expect(await statusesOf(probe().signalsOf(TEST_REPOSITORY))).toEqual([
      ['repository-reachable', 'ok'],
      ['repository-writable', 'ok'],
      ['repository-encrypted', 'ok'],
    ]);
    expect(objects.size).toBe(0);
  });

  it('asks once an interval, however many databases share the repository', async () => {
    const shared = probe();
    await Promise.all([
      shared.signalsOf(TEST_REPOSITORY),
      shared.signalsOf(TEST_REPOSITORY),
    ]);
    nowMs += 20_000;
    await shared.signalsOf(TEST_REPOSITORY);
    expect(puts).toBe(1);
    nowMs += 10_000;
    await shared.signalsOf(TEST_REPOSITORY);
    expect(puts).toBe(2);
  });

  it('tells a store that is away from one that refuses', async () => {
    const away = probe({
      put: fails('repository-unreachable', 'It cannot be reached.'),
    });
    expect(await statusesOf(away.signalsOf(TEST_REPOSITORY))).toEqual([
      ['repository-reachable', 'critical'],
      ['repository-writable', 'unknown'],
      ['repository-encrypted', 'unknown'],
    ]);
    const refusing = probe({
      put: fails('repository-access-denied', 'Access is denied.'),
    });
    const signals = await refusing.signalsOf(TEST_REPOSITORY);
    expect(signals.map(signal => signal.status)).toEqual([
      'ok',
      'critical',
      'unknown',
    ]);
    expect(signals[1].sentence).toBe('Access is denied. Look there.');
  });

  it('finds an unencrypted repository critical', async () => {
    const plain = probe({ encryptionOf: async () => undefined });
    const [, , encrypted] = await plain.signalsOf(TEST_REPOSITORY);
    expect(encrypted).toMatchObject({
      status: 'critical',
      sentence:
        "Repository 'main' stores objects unencrypted; set a default encryption on bucket 'backups'.",
    });
  });

  it('does not wait for a store that hangs', async () => {
    const hanging = probe({ put: () => new Promise(() => {}) }, 0.02);
    const [reachable] = await hanging.signalsOf(TEST_REPOSITORY);
    expect(reachable).toMatchObject({
      status: 'critical',
      sentence: "Repository 'main' gave no answer within 0.02 s.",
    });
  });
});
