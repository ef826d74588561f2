/** @jest-environment node */
import {
  formatExact,
  formatIsoDuration,
  formatSeconds,
  formatUtc,
  formatUtcAndYours,
} from '../time/format';
import { exactBytes, formatBytes, formatValue } from './format';

const NOW = Date.parse('2026-11-16T15:00:00Z');

describe('Times in words', () => {
  it.each([
    [9, '9 s'],
    [130, '2 min 10 s'],
    [720, '12 min'],
    [3600, '1 h'],
    [11400, '3 h 10 min'],
    [187200, '2 d 4 h'],
  ])('says %d s as %s', (seconds, words) => {
    expect(formatSeconds(seconds)).toBe(words);
  });

  it('says a moment in UTC and in the viewer’s zone, with the date on other days', () => {
    expect(formatUtc('2026-11-15T02:03:00Z', NOW)).toBe('15 Nov 02:03 UTC');
    expect(
      formatUtcAndYours('2026-11-16T14:02:00Z', NOW, 'Europe/Helsinki'),
    ).toBe('14:02 UTC (16:02 yours)');
    expect(formatUtcAndYours('2026-11-16T14:02:00Z', NOW, 'utc')).toBe(
      '14:02 UTC',
    );
    expect(formatExact('2026-11-16T14:02:03Z', 'Europe/Helsinki')).toBe(
      '16 Nov 2026 14:02:03 UTC, 16 Nov 2026 16:02:03 yours (Europe/Helsinki)',
    );
  });

  it('says an ISO duration in words and leaves what is none', () => {
    expect(formatIsoDuration('PT24H')).toBe('24 h');
    expect(formatIsoDuration('P7D')).toBe('7 d');
    expect(formatIsoDuration('soon')).toBe('soon');
  });
});

describe('Values with their unit', () => {
  it.each([
    [155189248, 'By', undefined, '148 MiB'],
    [0.0123, 's', undefined, '12.3 ms'],
    [90, 's', undefined, '1 min 30 s'],
    [0.985, 'percentunit', 1, '98.5 %'],
    [12, '1', undefined, '12'],
    [1234567, 'short', undefined, '1.2 M'],
    [250, 'reqps', undefined, '250/s'],
    [3, 'wolves', undefined, '3 wolves'],
  ])('says %d %s as %s', (value, unit, decimals, words) => {
    expect(formatValue(value, unit, decimals)).toBe(words);
  });

  it('gives the exact bytes beside the human size', () => {
    expect(formatBytes(1023)).toBe('1,023 B');
    expect(exactBytes(155189248)).toBe('155,189,248 bytes');
  });
});
