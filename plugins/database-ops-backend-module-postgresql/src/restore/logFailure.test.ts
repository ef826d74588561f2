import { logFailureOf } from './logFailure';

const RESTORED =
  '2026-11-23 12:00:00 UTC [7] LOG:  restored log file "0000000200000001000000FE" from archive\n';

describe('logFailureOf', () => {
  it('names the segment behind the last that was restored, where pgBackRest says that its file is damaged', () => {
    expect(
      logFailureOf(
        `${RESTORED}ERROR: [029]: raised from local-1 protocol: zst error: [-20] Data corruption detected\nFATAL: recovery ended before configured recovery target was reached`,
        undefined,
      ),
    ).toMatchObject({ kind: 'damaged', segment: '0000000200000001000000FF' });
  });

  it('names the segment that pgBackRest names, with what it says below for each repository', () => {
    const log =
      'ERROR: [042]: unable to get 0000000200000001000000FF:\n       repo1: 15-1/0000000200000001/0000000200000001000000FF-c1.zst [FormatError] zst error: [-20] Data corruption detected\n2026-11-23 12:00:01 UTC [7] LOG:  redo done at 1/FE000100\n';
    for (const before of ['', RESTORED]) {
      expect(logFailureOf(before + log, undefined)).toMatchObject({
        kind: 'damaged',
        segment: '0000000200000001000000FF',
        said: expect.stringMatching(/repo1: .*Data corruption detected$/),
      });
    }
  });

  it('names the segment that is longer or shorter than one', () => {
    expect(
      logFailureOf(
        `${RESTORED}FATAL:  archive file "0000000200000001000000FF" has wrong size: 16777300 instead of 16777216\n`,
        undefined,
      ),
    ).toMatchObject({ kind: 'damaged', segment: '0000000200000001000000FF' });
  });

  it('tells a store that went away from a damaged file', () => {
    expect(
      logFailureOf(
        `${RESTORED}ERROR: [124]: unable to connect to '127.0.0.1:8333': [111] Connection refused\n`,
        undefined,
      ),
    ).toMatchObject({ kind: 'store-gone' });
  });

  it('takes a record that makes no sense for damage in every segment but the newest, where the log ends so', () => {
    const log = `${RESTORED}2026-11-23 12:00:01 UTC [7] LOG:  incorrect resource manager data checksum in record at 1/FE000090\n`;
    expect(logFailureOf(log, '0000000200000001000000FF')).toMatchObject({
      kind: 'damaged',
      segment: '0000000200000001000000FE',
    });
    expect(logFailureOf(log, '0000000200000001000000FE')).toBeUndefined();
  });

  it('finds nothing where the archive simply ends', () => {
    expect(
      logFailureOf(
        `${RESTORED}FATAL: recovery ended before configured recovery target was reached`,
        '0000000200000001000000FE',
      ),
    ).toBeUndefined();
  });
});
