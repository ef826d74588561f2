const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** For example `148 MB`; powers of 1,000. */
export function formatBytes(bytes: number): string {
  const magnitude = Math.min(
    UNITS.length - 1,
    Math.max(0, Math.floor(Math.log10(Math.max(1, Math.abs(bytes))) / 3)),
  );
  const scaled = bytes / 1000 ** magnitude;
  const digits = magnitude > 0 && Math.abs(scaled) < 10 ? 1 : 0;
  return `${scaled.toFixed(digits)} ${UNITS[magnitude]}`;
}

/** For example `0.4 s`, `9 s`, `4 min 10 s`, `2 h 5 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) {
    return `${Number(seconds.toFixed(1))} s`;
  }
  const whole = Math.round(seconds);
  if (whole < 120) {
    return `${whole} s`;
  }
  if (whole < 7200) {
    return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  }
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
