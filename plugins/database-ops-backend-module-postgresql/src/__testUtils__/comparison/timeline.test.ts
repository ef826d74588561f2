import { secondsOf, timelineOf } from './timeline';

const at = (seconds: number) => new Date(seconds * 1000).toISOString();
const progress = (seconds: number, step: string) => ({
  type: 'progress',
  at: at(seconds),
  progress: { step },
});
const log = (seconds: number, message: string) => ({
  type: 'log',
  at: at(seconds),
  message,
});

const BACKUP = [
  { type: 'state', at: at(0), message: 'Requested' },
  { type: 'state', at: at(1), message: 'Started on a by executor local.' },
  progress(3, 'Checking the repository'),
  progress(4, 'Checking that WAL reaches the archive'),
  log(6, 'P00   INFO: check command end: completed successfully'),
  progress(7, 'Copying'),
  progress(9, 'Copying'),
  log(20, 'P00   INFO: backup command end: completed successfully'),
  progress(21, 'Reading it back'),
  { type: 'result', at: at(23) },
  { type: 'state', at: at(30), message: 'Succeeded' },
].map((event, seq) => ({ seq, ...event }));

describe('the time of an operation by step', () => {
  const steps = timelineOf(BACKUP, 0);

  it('is all of it, from the request to the result', () => {
    expect(
      steps.map(({ name, owner, seconds }) => [name, owner, seconds]),
    ).toEqual([
      ['portal: request to start', 'own', 1],
      ['worker: start and lease', 'own', 2],
      ['Checking the repository', 'own', 1],
      ['pgbackrest check', 'tools', 3],
      ['pgBackRest copies', 'copying', 13],
      ['after the copying', 'own', 1],
      ['Reading it back', 'own', 2],
    ]);
  });

  it("is ours but for what pgBackRest's and PostgreSQL's commands take", () => {
    expect(secondsOf(steps, 'own')).toBe(7);
    expect(secondsOf(steps, 'tools')).toBe(3);
    expect(secondsOf(steps, 'copying')).toBe(13);
  });

  it('is not told of an operation without a result', () => {
    expect(() => timelineOf(BACKUP.slice(0, 7), 0)).toThrow('left no result');
  });
});
