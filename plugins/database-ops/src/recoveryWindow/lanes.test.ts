import { RecoveryWindow } from 'backstage-plugin-database-ops-common';
import { formatTyped, parseTyped } from '../time/format';
import { isClaimed, laneOfMoment, lanesOf, snap, step, ticksOf } from './lanes';
import { newestOf, quickPicks } from './picks';
import { shapeOf, summaryOf } from './words';

const at = (time: string, timeline?: number) => ({
  time: `2026-11-16T${time}Z`,
  timeline,
});
const ms = (time: string) => Date.parse(`2026-11-16T${time}Z`);

const window: RecoveryWindow = {
  databaseId: 'analytics-timescale',
  sentence: '',
  intervals: [
    { kind: 'claimed', from: at('04:00:00', 2), to: at('06:00:00', 2) },
    {
      kind: 'gap',
      from: at('06:00:00', 2),
      to: at('07:00:00', 2),
      reason: 'A segment is missing.',
    },
    { kind: 'proved', from: at('07:00:00.400', 2), to: at('08:00:00.700', 2) },
    { kind: 'claimed', from: at('02:00:00', 1), to: at('05:00:00', 1) },
  ],
};

describe('The lanes of a recovery window', () => {
  const [current, older] = lanesOf(window);

  it('are its timelines, the newest first, each with its spans in order', () => {
    expect(current.title).toBe('Timeline 2, the current one');
    expect(current.spans.map(({ kind }) => kind)).toEqual([
      'claimed',
      'gap',
      'proved',
    ]);
    expect(older.title).toBe('Timeline 1');
    expect(summaryOf([current, older])).toBe(
      'Recovery window: proved 1 h, claimed 5 h, gap 1 h in 1, on 2 timelines.',
    );
  });

  it('are apart for each of several repositories; what does not answer cannot be picked', () => {
    const interval = { kind: 'claimed' as const };
    const lanes = lanesOf({
      ...window,
      intervals: [
        {
          ...interval,
          from: at('04:00:00', 2),
          to: at('08:00:00', 2),
          repositoryId: 'far',
          repositoryUnreachable: true,
        },
        {
          ...interval,
          from: at('05:00:00', 2),
          to: at('06:00:00', 2),
          repositoryId: 'main',
        },
      ],
    });
    expect(lanes.map(({ title }) => title)).toEqual([
      'Timeline 2, the current one, in far',
      'Timeline 2, the current one, in main',
    ]);
    expect(isClaimed(lanes[0], ms('05:30:00'))).toBe(false);
    expect(newestOf(lanes)).toEqual({ laneId: '2 main', ms: ms('06:00:00') });
    expect(laneOfMoment(lanes, at('05:30:00', 2))).toBe(lanes[1]);
  });

  it('snap to whole seconds that are claimed, never into a gap', () => {
    expect(snap(current, ms('06:10:00'))).toBe(ms('06:00:00'));
    expect(snap(current, ms('06:50:00'))).toBe(ms('07:00:01'));
    expect(snap(current, ms('09:00:00'))).toBe(ms('08:00:00'));
    expect(snap(current, ms('05:00:00.600'))).toBe(ms('05:00:01'));
    expect(isClaimed(current, ms('06:30:00'))).toBe(false);
    expect(snap({ ...current, spans: [] }, ms('06:00:00'))).toBeUndefined();
  });

  it('step over a gap to its other side, and stay at their ends', () => {
    expect(step(current, ms('05:59:59'), 1000)).toBe(ms('06:00:00'));
    expect(step(current, ms('06:00:00'), 1000)).toBe(ms('07:00:01'));
    expect(step(current, ms('07:00:01'), -1000)).toBe(ms('06:00:00'));
    expect(step(current, ms('08:00:00'), 60_000)).toBe(ms('08:00:00'));
    expect(step(current, ms('04:00:00'), -1000)).toBe(ms('04:00:00'));
  });

  it('step between single moments where there is nothing between them', () => {
    const [snapshots] = lanesOf({
      ...window,
      intervals: ['02:00:00', '03:00:00', '04:00:00'].map(time => ({
        kind: 'claimed' as const,
        from: at(time),
        to: at(time),
      })),
    });
    expect(step(snapshots, ms('03:00:00'), 1000)).toBe(ms('04:00:00'));
    expect(step(snapshots, ms('03:00:00'), -1000)).toBe(ms('02:00:00'));
    expect(newestOf([snapshots])).toEqual({ laneId: '', ms: ms('04:00:00') });
  });

  it('offer the newest moment, what was proved and the ends of backups', () => {
    const groups = quickPicks(
      current,
      [
        {
          id: 'full-1',
          databaseId: 'analytics-timescale',
          type: 'full',
          startedAt: '2026-11-16T03:59:00Z',
          stoppedAt: '2026-11-16T04:00:00Z',
          chain: ['full-1'],
          state: 'present',
        },
      ],
      [],
    );
    expect(groups.map(({ group, picks }) => [group, picks[0].moment])).toEqual([
      ['Newest', { time: '2026-11-16T08:00:00.000Z', timeline: 2 }],
      ['Ends of backups', { time: '2026-11-16T04:00:00.000Z', timeline: 2 }],
    ]);
  });
});

describe('The words of a time line', () => {
  it('mark types of backups by the order in which the engine names them', () => {
    const types = ['full', 'diff', 'incr', 'more'].map(id => ({
      id,
      title: id,
      description: '',
    }));
    expect(
      ['full', 'diff', 'incr', 'more', 'other'].map(type =>
        shapeOf(type, types),
      ),
    ).toEqual(['triangle', 'diamond', 'tick', 'circle', 'circle']);
  });

  it('has round ticks, at most eight', () => {
    const ticks = ticksOf(ms('02:07:00'), ms('08:00:00'));
    expect(ticks.map(({ label }) => label)).toEqual([
      '03:00',
      '04:00',
      '05:00',
      '06:00',
      '07:00',
      '08:00',
    ]);
    const days = ticksOf(ms('00:00:00'), ms('00:00:00') + 20 * 86_400_000);
    expect(days.length).toBeLessThanOrEqual(8);
    expect(days[0].label).toMatch(/^\d+ Nov$/);
  });

  it('reads a typed moment as UTC, and nothing else as a moment', () => {
    expect(parseTyped('2026-11-16 14:05:00')).toBe(ms('14:05:00'));
    expect(parseTyped('2026-11-16T14:05:00+02:00')).toBe(ms('12:05:00'));
    expect(parseTyped('2026-11-16 14:05 UTC')).toBe(ms('14:05:00'));
    expect(parseTyped('14:05')).toBeUndefined();
    expect(parseTyped('2026-11-16 25:00')).toBeUndefined();
    expect(formatTyped(ms('14:05:09'))).toBe('2026-11-16 14:05:09');
  });
});
