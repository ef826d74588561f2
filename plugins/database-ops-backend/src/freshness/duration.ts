const UNITS = [
  { seconds: 86_400, name: 'd' },
  { seconds: 3_600, name: 'h' },
  { seconds: 60, name: 'min' },
  { seconds: 1, name: 's' },
] as const;

/** For a sentence: `45 s`, `12 min`, `1 h 30 min`, `3 d 4 h`. */
export function describeSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const first = UNITS.findIndex(unit => whole >= unit.seconds);
  if (first < 0) {
    return '0 s';
  }
  const unit = UNITS[first];
  const text = `${Math.floor(whole / unit.seconds)} ${unit.name}`;
  const smaller = UNITS[first + 1];
  // Seconds beside minutes are noise.
  if (!smaller || smaller.name === 's') {
    return text;
  }
  const rest = Math.floor((whole % unit.seconds) / smaller.seconds);
  return rest > 0 ? `${text} ${rest} ${smaller.name}` : text;
}
