import { Threshold } from 'backstage-plugin-database-ops-node';
import { formatBytes, formatSeconds } from './format';

/** For example `warning above 5 min 0 s, critical above 30 min 0 s`. */
export function describeBounds(
  { warning, critical, direction = 'above' }: Threshold,
  unit: string | undefined,
): string {
  return [['warning', warning] as const, ['critical', critical] as const]
    .flatMap(([name, bound]) =>
      bound === undefined
        ? []
        : [`${name} ${direction} ${inWords(bound, unit)}`],
    )
    .join(', ');
}

function inWords(bound: number, unit: string | undefined): string {
  switch (unit) {
    case 's':
      // A bound is mostly a round number: its zero is not worth a word.
      return formatSeconds(bound).replace(/ 0 (s|min)$/, '');
    case 'By':
      return formatBytes(bound);
    case 'By/h':
      return `${formatBytes(bound)} an hour`;
    case '/h':
      return `${bound} an hour`;
    case '%':
      return `${bound} %`;
    case 'h':
      return `${bound} h`;
    case 'd':
      return `${bound} days`;
    default:
      return `${bound}`;
  }
}
