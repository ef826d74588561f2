import { describeAge, describeSeconds } from './durations';

describe('durations in words', () => {
  it.each([
    [0, '0 s'],
    [-5, '0 s'],
    [45, '45 s'],
    [90, '1 min 30 s'],
    [720, '12 min'],
    [3600, '1 h'],
    [5400, '1 h 30 min'],
    [86_400, '24 h'],
    [90_000, '25 h'],
    [187_200, '2 d 4 h'],
    [604_800, '7 d'],
    [610_000, '7 d'],
  ])('say %d s as %s', (seconds, words) => {
    expect(describeSeconds(seconds)).toBe(words);
  });

  it.each([
    [45, '45 s'],
    [90, '1 min'],
    [90_000, '25 h'],
  ])('say an age of %d s as %s', (seconds, words) => {
    expect(describeAge(seconds)).toBe(words);
  });
});
