import { formatSeconds } from '../time/format';

const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** For example "148 MiB". */
export function formatBytes(bytes: number): string {
  let value = Math.abs(bytes);
  let step = 0;
  while (value >= 1024 && step < BINARY.length - 1) {
    value /= 1024;
    step += 1;
  }
  return `${bytes < 0 ? '-' : ''}${round(value)} ${BINARY[step]}`;
}

/** The exact count, for example "155,189,248 bytes". */
export function exactBytes(bytes: number): string {
  return `${Math.round(bytes).toLocaleString('en-GB')} bytes`;
}

function round(value: number, decimals?: number): string {
  if (decimals !== undefined) {
    return value.toFixed(decimals);
  }
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) {
    return Math.round(value).toLocaleString('en-GB');
  }
  return String(Number(value.toPrecision(size >= 10 ? 3 : 2)));
}

function short(value: number, decimals?: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return `${round(value / 1e9, decimals)} G`;
  if (size >= 1e6) return `${round(value / 1e6, decimals)} M`;
  if (size >= 1e4) return `${round(value / 1e3, decimals)} k`;
  return round(value, decimals);
}

function stretch(seconds: number, decimals?: number): string {
  const size = Math.abs(seconds);
  if (size === 0) return '0 s';
  if (size < 1e-3) return `${round(seconds * 1e6, decimals)} µs`;
  if (size < 1) return `${round(seconds * 1e3, decimals)} ms`;
  if (size < 60) return `${round(seconds, decimals)} s`;
  return `${seconds < 0 ? '-' : ''}${formatSeconds(size)}`;
}

/**
 * A value with its unit. Signals name units as UCUM does (`s`, `By`, `1`,
 * `%`), panels as Grafana does (`bytes`, `percentunit`, `reqps`, `short` …).
 */
export function formatValue(
  value: number,
  unit?: string,
  decimals?: number,
): string {
  switch (unit) {
    case 'By':
    case 'bytes':
    case 'decbytes':
      return formatBytes(value);
    case 'Bps':
    case 'binBps':
    case 'By/s':
      return `${formatBytes(value)}/s`;
    case 's':
    case 'dtdurations':
      return stretch(value, decimals);
    case 'ms':
      return stretch(value / 1000, decimals);
    case '%':
    case 'percent':
      return `${round(value, decimals)} %`;
    case 'percentunit':
      return `${round(value * 100, decimals)} %`;
    case 'ops':
    case 'reqps':
    case 'cps':
    case 'iops':
    case 'rps':
    case 'wps':
    case '1/s':
      return `${short(value, decimals)}/s`;
    case undefined:
    case '':
    case '1':
    case 'none':
    case 'short':
      return short(value, decimals);
    default:
      return `${short(value, decimals)} ${unit}`;
  }
}

/** An amount of money, for example "€41.40"; without a currency just the number. */
export function formatMoney(amount: number, currency?: string): string {
  return currency
    ? amount.toLocaleString('en-GB', { style: 'currency', currency })
    : amount.toFixed(2);
}
