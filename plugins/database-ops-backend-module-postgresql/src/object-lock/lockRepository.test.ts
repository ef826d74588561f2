import { setTimeout as sleep } from 'node:timers/promises';
import { mockServices } from '@backstage/backend-test-utils';
import {
  ObjectStore,
  OperateTarget,
  repositoryKeys,
  repositorySetupSchema,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { PgBackRestStanza } from '../pgbackrest/info';
import { AFTER_BACKUP, lockRepository } from './lockRepository';

const NOW = new Date('2026-11-23T12:00:00Z');
const ENDS_AT = '2026-12-23T12:00:00.000Z';
const LABEL = '20261123-110000F';
const SEGMENTS = ['01', '02', '03'].map(
  ending =>
    `pgbackrest/archive/main/15-1/0000000100000000/0000000100000000000000${ending}-${'a'.repeat(40)}.zst`,
);
const BACKUP = [
  `pgbackrest/backup/main/${LABEL}/backup.manifest`,
  `pgbackrest/backup/main/${LABEL}/bundle/1`,
];
const REWRITTEN = [
  'pgbackrest/archive/main/archive.info',
  'pgbackrest/backup/main/backup.info',
  'pgbackrest/backup/main/backup.history/2026/x.manifest',
  SEGMENTS[0].replace('-aa', '.partial-aa'),
];

/** A stanza's objects, with what was locked of them and how many were asked for at once. */
class LockingStore {
  readonly locked: string[] = [];
  atOnce = 0;
  most = 0;
  state: string | undefined;
  refuse: (key: string) => boolean = () => false;
  readonly asStore = this as unknown as ObjectStore;

  async *list(prefix: string) {
    for (const key of [...BACKUP, ...REWRITTEN, ...SEGMENTS]) {
      if (key.startsWith(prefix)) {
        yield { key };
      }
    }
  }

  async lock(key: string, term: { readonly until: Date }) {
    this.atOnce += 1;
    this.most = Math.max(this.most, this.atOnce);
    await sleep(1);
    this.atOnce -= 1;
    if (this.refuse(key)) {
      throw new Error('AccessDenied.');
    }
    this.locked.push(key);
    return { renewed: true, until: term.until };
  }

  async get(key: string) {
    const isState = key === repositoryKeys.locks('orders');
    return isState && this.state !== undefined
      ? { body: Buffer.from(this.state), etag: '' }
      : undefined;
  }

  async put(_key: string, body: string) {
    this.state = body;
    return { etag: '' };
  }
}

describe('locking the part of pgBackRest', () => {
  let store: LockingStore;
  let abort: AbortController;

  beforeEach(() => {
    store = new LockingStore();
    abort = new AbortController();
  });

  const lock = ({
    objectLock = true,
    repositoryPath = '/pgbackrest',
    timeLimitSeconds = 60,
    now = NOW,
  } = {}) =>
    lockRepository(
      {
        database: {
          id: 'orders',
          config: { pgbackrest: { stanza: 'main', repositoryPath } },
        },
        repository: {
          id: 'main',
          prefix: '',
          setup: repositorySetupSchema.parse({ objectLock }),
        },
      } as unknown as OperateTarget<PostgresqlConfig>,
      {
        store: store.asStore,
        signal: abort.signal,
        clock: () => now,
        progress: () => {},
        logger: mockServices.logger.mock(),
      } as unknown as RunContext,
      {
        stanza: {
          backup: [{ label: LABEL }],
        } as unknown as PgBackRestStanza,
        occasion: { ...AFTER_BACKUP, timeLimitSeconds },
      },
    );
  const stateNow = () => JSON.parse(store.state ?? '{}');

  it('locks what is written once, a few objects at a time, and asks for none of them again', async () => {
    expect(await lock()).toMatchObject({
      complete: true,
      sentence: expect.stringContaining(
        `5 objects of them now; the first lock ends at ${ENDS_AT}`,
      ),
    });
    expect([...store.locked].sort()).toEqual([...SEGMENTS, ...BACKUP].sort());
    expect(store.most).toBeGreaterThan(1);
    expect(store.most).toBeLessThanOrEqual(8);
    expect(stateNow()).toMatchObject({
      backups: [{ backupId: LABEL, objects: 2, until: ENDS_AT }],
      logs: [
        {
          folder: 'archive/main/15-1',
          from: '000000010000000000000001',
          to: '000000010000000000000003',
          until: ENDS_AT,
        },
      ],
    });
    await lock();
    expect(store.locked).toHaveLength(5);
    // Less than a quarter of 30 days is left.
    await lock({ now: new Date('2026-12-16T12:00:00Z') });
    expect(store.locked).toHaveLength(10);
  });

  it('tells what keeps it from locking, and keeps what was locked before that', async () => {
    store.refuse = key => key === SEGMENTS[0];
    const report = await lock();
    expect(report).toMatchObject({
      complete: false,
      sentence: expect.stringMatching(
        /^Not everything is locked against removal: AccessDenied\. Allow s3:PutObjectRetention /,
      ),
    });
    expect(stateNow()).toMatchObject({
      backups: [{ backupId: LABEL }],
      logs: [{ from: '000000010000000000000002' }],
      problem: report?.sentence,
    });
    store.refuse = () => false;
    expect(await lock()).toMatchObject({ complete: true });
    expect(store.locked).toHaveLength(5);
    expect(stateNow()).not.toHaveProperty('problem');
  });

  it('ends with its time, and goes on the next time', async () => {
    expect(await lock({ timeLimitSeconds: 0 })).toMatchObject({
      complete: false,
      sentence: expect.stringMatching(/^5 of 5 objects were not locked/),
    });
    expect(stateNow()).toMatchObject({ backups: [], logs: [] });
    expect(await lock()).toMatchObject({ complete: true });
  });

  it('ends when it is cancelled, which is no failure to lock', async () => {
    abort.abort(new Error('cancelled by a person'));
    await expect(lock()).rejects.toThrow('cancelled by a person');
  });

  it('does nothing without Object Lock, and says so where it cannot reach the files', async () => {
    expect(await lock({ objectLock: false })).toBeUndefined();
    expect(store.locked).toEqual([]);
    store.list = () => {
      throw new Error('Not to be listed.');
    };
    await expect(lock()).resolves.toMatchObject({ complete: false });
  });
});
