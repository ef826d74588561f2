import { link, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FakeSource } from '../__testUtils__/FakeSource';
import { entriesOf } from '../restore/RestorePlace';
import { CheckedSource, requireMovable, requireUnchanged } from './checks';
import { RunningSource } from './sourceFacts';
import { stopSource } from './switchOver';

const RUNNING: RunningSource = {
  member: { name: 'pg-1', host: '127.0.0.1', port: 5432 },
  dataDirectory: '/data',
  configurationFile: '/data/postgresql.conf',
  port: 5432,
  archiveMode: 'on',
  archivingFails: false,
  synchronousStandbyNames: '',
  systemIdentifier: '1',
  timeline: 1,
  files: [],
  standbys: [],
  slots: [],
  patroniSessions: 0,
};
const CHECKED: CheckedSource = {
  running: RUNNING,
  facts: {
    dataDirectory: '/data',
    systemIdentifier: '1',
    timeline: 1,
    wasRunning: true,
    files: [],
  },
};

describe('the log of a server that is put in place', () => {
  let source: FakeSource;
  let log: string;
  let secret: string;

  beforeEach(async () => {
    source = await FakeSource.create();
    log = join(source.directory, 'server.log');
    secret = join(source.root, 'secret');
    await writeFile(secret, '', { mode: 0o600 });
  });

  afterEach(() => source.remove());

  const owner = process.getuid?.() === 0 ? 65534 : process.getuid?.();
  const group = process.getuid?.() === 0 ? 65534 : process.getgid?.();
  const check = () =>
    requireMovable(
      { directory: source.directory },
      source.dataDirectory,
      { uid: owner, gid: group },
      join(source.root, 'restore'),
    );

  it('is a file of the account of the server', async () => {
    await check();
    expect(await stat(log)).toMatchObject({ uid: owner, gid: group });
  });

  it.each([
    ['symbolic link', () => symlink(secret, log)],
    ['link to nowhere', () => symlink(join(source.root, 'nowhere'), log)],
    ['hard link', () => link(secret, log)],
  ])('is refused as a %s: nothing else is given away', async (_what, plant) => {
    const before = await stat(secret);
    await plant();
    await expect(check()).rejects.toThrow(/server\.log is a link/);
    expect(await stat(secret)).toMatchObject({
      uid: before.uid,
      mode: before.mode,
    });
    expect(await entriesOf(source.root)).not.toContain('nowhere');
  });
});

describe('the second look at a source', () => {
  it.each<[string, CheckedSource]>([
    [
      'another member takes writes',
      {
        ...CHECKED,
        running: { ...RUNNING, member: { ...RUNNING.member, name: 'pg-2' } },
      },
    ],
    [
      'it went to another timeline',
      { ...CHECKED, facts: { ...CHECKED.facts, timeline: 2 } },
    ],
    ['it ended', { facts: { ...CHECKED.facts, wasRunning: false } }],
  ])('refuses when %s meanwhile', (_what, now) => {
    expect(() => requireUnchanged(CHECKED, now)).toThrow(
      /changed while its copy was made.*The source was not touched/,
    );
    expect(() => requireUnchanged(now, CHECKED)).toThrow('changed');
    expect(() => requireUnchanged(now, { ...now })).not.toThrow();
  });

  it('does not let one go whose end is not archived, though it did not run when the copy was begun', async () => {
    const source = await FakeSource.create();
    try {
      const journal = await source.journal(await source.place(), 'building', {
        wasRunning: false,
      });
      await source.leaveUnarchived(source.dataDirectory);
      await source.serve();
      await expect(
        stopSource(journal, source.server(), {
          logger: source.logger,
          progress: () => undefined,
          signal: new AbortController().signal,
        }),
      ).rejects.toThrow('before 1 files of its log were archived');
      expect(journal.source.wasRunning).toBe(true);
    } finally {
      await source.remove();
    }
  });
});
