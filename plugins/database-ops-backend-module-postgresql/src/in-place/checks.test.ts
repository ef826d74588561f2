import { FakeSource } from '../__testUtils__/FakeSource';
import { CheckedSource, requireUnchanged } from './checks';
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
