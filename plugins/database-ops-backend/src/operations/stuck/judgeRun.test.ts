import { judgeRun } from './judgeRun';

const START = Date.parse('2026-11-23T10:00:00Z');
const limits = { stuckAfterSeconds: 1800, stuckEndSeconds: 7200 };

function judge(ranSeconds: number, silentSeconds: number) {
  return judgeRun(
    {
      startedAtMs: START,
      progressedAtMs: START + (ranSeconds - silentSeconds) * 1000,
      timeoutSeconds: 36_000,
    },
    limits,
    new Date(START + ranSeconds * 1000),
  );
}

describe('judging a run', () => {
  it('finds nothing wrong with one that reports and keeps its time', () => {
    expect(judge(35_000, 1799)).toBeUndefined();
  });

  it('tells of a silent one first and ends it only when it stays silent', () => {
    expect(judge(3600, 1801)).toMatchObject({ reason: 'silent', end: false });
    expect(judge(9000, 7201)).toMatchObject({ reason: 'silent', end: true });
  });

  it('tells of one that takes too long a minute before it is ended, even if it reports', () => {
    expect(judge(36_001, 0)).toMatchObject({ reason: 'timeout', end: false });
    expect(judge(36_061, 0)).toMatchObject({ reason: 'timeout', end: true });
  });

  it('says in words what is seen and what follows', () => {
    expect(judge(3600, 1801)?.sentence).toBe(
      'Its worker has said nothing for more than 1800 s; it is stopped after 7200 s of silence. Look at its log and at the tool on its host; cancel it to end it now.',
    );
  });
});
