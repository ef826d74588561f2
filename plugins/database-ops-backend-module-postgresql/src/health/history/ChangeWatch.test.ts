import { Signal } from 'backstage-plugin-database-ops-common';
import { Limits } from '../Limits';
import { ChangeWatch, Watched } from './ChangeWatch';

const HOUR = 3_600_000;

/** Each check hands the report before to the next one, as the portal does. */
function watch() {
  let now = Date.parse('2026-11-23T12:00:00Z');
  let previous: readonly Signal[] = [];
  const changes = new ChangeWatch(new Limits(), () => new Date(now));
  const kept = (watched: Watched) => {
    previous = [watched.signal];
    return watched;
  };
  return {
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    failover: (...[member, answer]: [string, Timeline]) =>
      kept(changes.failover(member, answer, previous)),
    configuration: (...[member, answer]: [string, Settings]) =>
      kept(changes.configuration(member, answer, previous)),
    away: () => {
      previous = changes.unknown('no primary could be asked', previous);
    },
  };
}

type Timeline = Parameters<ChangeWatch['failover']>[1];
type Settings = Parameters<ChangeWatch['configuration']>[1];

const timeline = (value: number): Timeline => ({
  ok: true,
  value: [{ timeline: value }],
});
const settings = (values: Record<string, string>): Settings => ({
  ok: true,
  value: Object.entries(values).map(([name, setting]) => ({
    name,
    setting,
    initial: 'its default',
  })),
});
const refused = { ok: false, reason: 'permission denied' } as const;

describe('ChangeWatch', () => {
  it('warns of another primary for an hour, and gives one event with both sides', () => {
    const { failover, pass } = watch();
    expect(failover('pg-1', timeline(1)).signal.status).toBe('ok');
    pass(30_000);
    const { signal, event } = failover('pg-2', timeline(2));
    expect(signal).toMatchObject({
      status: 'warning',
      sentence: expect.stringMatching(
        /pg-2 \(timeline 2\) is primary in place of pg-1 \(timeline 1\)/,
      ),
    });
    expect(event).toMatchObject({
      kind: 'failover',
      before: { member: 'pg-1', timeline: 1 },
      after: { member: 'pg-2', timeline: 2 },
    });
    pass(HOUR - 1);
    const later = failover('pg-2', timeline(2));
    expect(later.signal.status).toBe('warning');
    expect(later.event).toBeUndefined();
    pass(1);
    expect(failover('pg-2', timeline(2)).signal.status).toBe('ok');
  });

  it('notices a new timeline of the same primary', () => {
    const { failover } = watch();
    failover('pg-1', timeline(1));
    expect(failover('pg-1', timeline(2)).event?.sentence).toMatch(
      /from timeline 1 to 2/,
    );
  });

  it('forgets nothing while it cannot ask, or nobody is primary', () => {
    const { failover, away } = watch();
    failover('pg-1', timeline(1));
    expect(failover('pg-1', refused).signal.status).toBe('unknown');
    away();
    expect(failover('pg-2', timeline(1)).event).toBeDefined();
  });

  it('names a changed setting with its old and its new value, once', () => {
    const { configuration, pass } = watch();
    configuration('pg-1', settings({ work_mem: '4096', port: '5432' }));
    pass(5_000);
    const { signal, event } = configuration(
      'pg-1',
      settings({ work_mem: '65536', port: '5432' }),
    );
    expect(signal.status).toBe('ok');
    expect(signal.sentence).toBe(
      'pg-1 changed work_mem from 4096 to 65536, 0 s ago.',
    );
    expect(event).toMatchObject({
      kind: 'configuration-changed',
      before: { work_mem: '4096' },
      after: { work_mem: '65536' },
    });
    expect(
      configuration('pg-1', settings({ work_mem: '65536', port: '5432' }))
        .event,
    ).toBeUndefined();
  });

  it('knows the old value of a setting that nobody had set before, and that of one that was reset', () => {
    const { configuration } = watch();
    configuration('pg-1', settings({ port: 'its default' }));
    expect(
      configuration('pg-1', settings({ port: '1' })).event?.before,
    ).toEqual({ port: 'its default' });
    expect(
      configuration('pg-1', settings({ port: 'its default' })).event,
    ).toMatchObject({ before: { port: '1' }, after: { port: 'its default' } });
  });

  it('does not compare the settings of two members', () => {
    const { configuration } = watch();
    configuration('pg-1', settings({ port: '5432' }));
    expect(
      configuration('pg-2', settings({ port: '5433' })).event,
    ).toBeUndefined();
  });
});
