import fc from 'fast-check';
import { interpolate } from './interpolate';

const variables = {
  databaseId: 'orders',
  stepSeconds: 30,
  rangeSeconds: 3600,
  scrapeIntervalSeconds: 15,
};

describe('interpolate', () => {
  it.each([
    ['up{database="$database"}', 'up{database="orders"}'],
    ['up{database="${database}"}', 'up{database="orders"}'],
    ['rate(x[$__rate_interval])', 'rate(x[60s])'],
    ['rate(x[$__interval])', 'rate(x[30s])'],
    ['increase(x[$__range]) / $__range_s', 'increase(x[3600s]) / 3600'],
    ['x{a="$databases"} + $other', 'x{a="$databases"} + $other'],
    [
      'label_replace(x, "a", "$1", "b", "(.*)")',
      'label_replace(x, "a", "$1", "b", "(.*)")',
    ],
  ])('makes of %s %s', (expression, expected) => {
    expect(interpolate(expression, variables)).toBe(expected);
  });

  it('widens a rate to four scrapes at least, and beyond the step', () => {
    const coarse = { ...variables, stepSeconds: 300 };
    expect(interpolate('[$__rate_interval]', coarse)).toBe('[315s]');
  });

  it('takes a name with dots literally, also where a regular expression stands', () => {
    const dotted = { ...variables, databaseId: 'a.b' };
    expect(interpolate('x{d=~"$database"}', dotted)).toBe('x{d=~"a\\\\.b"}');
    expect(interpolate('x{d!="$database"}', dotted)).toBe('x{d!="a.b"}');
    expect(interpolate('x{e=~"y",d="$database"}', dotted)).toBe(
      'x{e=~"y",d="a.b"}',
    );
    expect(interpolate('x{d="${database:regex}"}', dotted)).toBe(
      'x{d="a\\\\.b"}',
    );
  });

  it('never lets an id leave its string', () => {
    fc.assert(
      fc.property(fc.string(), databaseId => {
        const text = interpolate('x{d="$database"}', {
          ...variables,
          databaseId,
        });
        const inside = text.slice('x{d="'.length, -'"}'.length);
        expect(inside.replace(/\\[\\"n]/g, '')).not.toMatch(/["\\\n]/);
      }),
    );
  });
});
