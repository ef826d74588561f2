import { ArchiverRow, ArchiveStatusRow, PrimaryFindings } from './findings';
import { archiveSignals, lastSegmentOf } from './archiveSignals';
import { Limits } from './Limits';

const SEGMENT_BYTES = 16 * 1024 * 1024;
const LAST = '000000010000000000000002';
/** Just behind segment 2 of timeline 1. */
const END_OF_LAST = 3 * SEGMENT_BYTES;

function archiver(overrides: Partial<ArchiverRow> = {}): ArchiverRow {
  return {
    archive_mode: 'on',
    archive_timeout_seconds: 30,
    segment_bytes: SEGMENT_BYTES,
    current_bytes: END_OF_LAST,
    up_seconds: 86_400,
    checkpoint_timeout_seconds: 300,
    last_archived_wal: LAST,
    failed_count: 0,
    last_failed_wal: null,
    archived_age_seconds: 5,
    failed_age_seconds: null,
    last_commit_age_seconds: null,
    ...overrides,
  };
}

function findings(
  row: ArchiverRow,
  status: Partial<ArchiveStatusRow> = {},
): PrimaryFindings {
  const unasked = { ok: false as const, reason: 'not asked' };
  return {
    member: { name: 'pg-one', host: 'one', port: 5432 },
    replication: unasked,
    slots: unasked,
    archiver: { ok: true, value: row },
    archiveStatus: {
      ok: true,
      value: {
        ready: 0,
        done_segment: null,
        done_age_seconds: null,
        ...status,
      },
    },
    connections: unasked,
    longestTransaction: unasked,
  };
}

function signals(row: ArchiverRow, status: Partial<ArchiveStatusRow> = {}) {
  const primary = findings(row, status);
  return Object.fromEntries(
    archiveSignals(
      primary,
      lastSegmentOf(primary, Date.now()),
      new Limits(),
    ).map(signal => [signal.id, signal]),
  );
}

describe('archive signals', () => {
  it('are ok on an idle server however old the archive is', () => {
    const found = signals(archiver({ archived_age_seconds: 90_000 }));
    expect(found['archive-age'].status).toBe('ok');
    expect(found['archive-age'].sentence).toContain(
      'nothing was written since',
    );
  });

  describe('without archive_timeout', () => {
    const quiet = (overrides: Partial<ArchiverRow>) =>
      signals(
        archiver({
          archive_timeout_seconds: 0,
          archived_age_seconds: 4_000,
          current_bytes: END_OF_LAST + 300,
          ...overrides,
        }),
      )['archive-age'];

    it('are not ok for a single commit that no archive will get', () => {
      const { status, sentence } = quiet({ last_commit_age_seconds: 3_900 });
      expect(status).toBe('warning');
      expect(sentence).toMatch(
        /last commit, 65 min 0 s ago, is in no archive.*set archive_timeout/,
      );
      expect(
        quiet({ last_commit_age_seconds: 600, archived_age_seconds: 8_000 })
          .status,
      ).toBe('critical');
      expect(
        quiet({ last_commit_age_seconds: 60, archived_age_seconds: 600 })
          .status,
      ).toBe('ok');
    });

    it('are ok when the last commit is older than the archive: the rest are records of the server itself', () => {
      const { status, sentence } = quiet({ last_commit_age_seconds: 5_000 });
      expect(status).toBe('ok');
      expect(sentence).toContain('no commit since');
    });

    it('warn, and no more, where commits have no time', () => {
      const { status, sentence } = quiet({ archived_age_seconds: 90_000 });
      expect(status).toBe('warning');
      expect(sentence).toMatch(/may hold a commit.*set archive_timeout/);
      expect(quiet({ current_bytes: END_OF_LAST }).status).toBe('ok');
    });

    it('warn where the last segment was archived late, after failures: the commit may lie behind it', () => {
      const late = { last_commit_age_seconds: 5_000, last_failed_wal: LAST };
      expect(quiet(late).status).toBe('warning');
    });
  });

  it('judge the age by archive_timeout when something was written since', () => {
    const row = archiver({ current_bytes: END_OF_LAST + 1e6 });
    const age = (archived_age_seconds: number) =>
      signals({ ...row, archived_age_seconds })['archive-age'].status;
    expect([age(60), age(200), age(700)]).toEqual([
      'ok',
      'warning',
      'critical',
    ]);
  });

  it('explain an archive that stands still after a start: archive_timeout is not looked at yet', () => {
    const row = archiver({
      current_bytes: END_OF_LAST + 1e6,
      archived_age_seconds: 211,
      up_seconds: 205,
    });
    const { status, sentence } = signals(row)['archive-age'];
    expect(status).toBe('warning');
    expect(sentence).toMatch(/started 3 min 25 s ago.*reload it after each/);
    expect(
      signals({ ...row, up_seconds: 301 })['archive-age'].sentence,
    ).not.toContain('reload');
  });

  it('take the segment of a backup history file', () => {
    const row = archiver({ last_archived_wal: `${LAST}.00000028.backup` });
    expect(lastSegmentOf(findings(row), 0)?.name).toBe(LAST);
    expect(
      lastSegmentOf(
        findings({ ...row, last_archived_wal: '00000002.history' }),
        0,
      ),
    ).toBeUndefined();
  });

  it('know a segment archived during a shutdown, which the statistics have lost', () => {
    const next = '000000010000000000000003';
    const row = archiver({
      archived_age_seconds: 900,
      current_bytes: END_OF_LAST + SEGMENT_BYTES,
    });
    expect(signals(row)['archive-age'].status).toBe('critical');
    const found = signals(row, { done_segment: next, done_age_seconds: 300 });
    expect(found['archive-age']).toMatchObject({
      status: 'ok',
      value: expect.closeTo(300, 0),
    });
    expect(found['archive-age'].sentence).toContain(next);
  });

  it('name the segment that fails, and become critical after five minutes', () => {
    const failing = archiver({
      failed_count: 3,
      last_failed_wal: '000000010000000000000003',
      failed_age_seconds: 2,
      archived_age_seconds: 60,
    });
    expect(signals(failing).archiver).toMatchObject({ status: 'warning' });
    expect(signals(failing).archiver.sentence).toContain(
      '000000010000000000000003',
    );
    expect(
      signals({ ...failing, archived_age_seconds: 400 }).archiver.status,
    ).toBe('critical');
  });

  it('count what waits', () => {
    expect(signals(archiver(), { ready: 11 })['archive-backlog'].status).toBe(
      'warning',
    );
    expect(signals(archiver(), { ready: 101 })['archive-backlog'].status).toBe(
      'critical',
    );
  });

  it('warn when nothing is archived at all', () => {
    expect(signals(archiver({ archive_mode: 'off' })).archiver.status).toBe(
      'warning',
    );
  });
});
