import { timeAxisOf } from './timeAxis';

const DAY = 86_400;
const NOVEMBER_16 = Date.parse('2026-11-16T00:00:00Z') / 1000;
const MORNING = Date.parse('2026-11-16T05:12:33Z') / 1000;

describe('The time axis of a chart', () => {
  it('names a single value by its own moment, in the middle', () => {
    const { rangeOf, ticksOf, label } = timeAxisOf(true, true);
    expect(rangeOf([MORNING])).toEqual([MORNING - DAY, MORNING + DAY]);
    expect(ticksOf?.([MORNING]).map(label)).toEqual(['16 Nov, 05:12']);
    const minutes = timeAxisOf(false, true);
    expect(minutes.rangeOf([MORNING])).toEqual([MORNING - 60, MORNING + 60]);
    expect(minutes.label(MORNING)).toBe('05:12');
  });

  it('names each day once where values lie apart by days', () => {
    const { rangeOf, ticksOf, label } = timeAxisOf(true, false);
    expect(rangeOf([MORNING, MORNING + 100 * DAY])).toEqual([
      MORNING - 5 * DAY,
      MORNING + 105 * DAY,
    ]);
    expect(ticksOf).toBeUndefined();
    expect([NOVEMBER_16, NOVEMBER_16 + DAY / 2].map(label)).toEqual([
      '16 Nov',
      '',
    ]);
  });

  it('reaches from the first value to the last of many, and nowhere without one', () => {
    const { rangeOf, label } = timeAxisOf(false, false);
    expect(rangeOf([MORNING, MORNING + 60])).toEqual([MORNING, MORNING + 60]);
    expect(label(MORNING)).toBe('05:12');
    expect(rangeOf([])).toBeUndefined();
  });
});
