import {
  Panel,
  PanelData,
  PanelSeries,
} from 'backstage-plugin-database-ops-common';
import { formatValue } from '../units/format';

export interface SeriesFacts {
  readonly name: string;
  readonly last?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What a series says in numbers; nothing where Prometheus has no value. */
export function factsOf(series: PanelSeries): SeriesFacts {
  const values = series.values.filter(
    (value): value is number => value !== null && Number.isFinite(value),
  );
  if (values.length === 0) {
    return { name: series.name };
  }
  return {
    name: series.name,
    last: values[values.length - 1],
    minimum: values.reduce((a, b) => Math.min(a, b)),
    maximum: values.reduce((a, b) => Math.max(a, b)),
  };
}

/** A panel in words, for those who do not see its chart. */
export function summaryOf(panel: Panel, data: PanelData): string {
  const words = (value: number) =>
    formatValue(value, panel.unit, panel.decimals);
  const parts = data.series
    .map(factsOf)
    .map(facts =>
      facts.last === undefined ||
      facts.minimum === undefined ||
      facts.maximum === undefined
        ? `${facts.name} has no values`
        : `${facts.name} is ${words(facts.last)}, between ${words(facts.minimum)} and ${words(facts.maximum)}`,
    );
  return `${panel.title}: ${parts.join('; ') || 'no series'}.`;
}

/** The level of the highest threshold that a value reaches. */
export function levelOf(
  panel: Panel,
  value: number,
): 'ok' | 'warning' | 'critical' {
  return (
    [...(panel.thresholds ?? [])]
      .sort((a, b) => b.value - a.value)
      .find(threshold => value >= threshold.value)?.level ?? 'ok'
  );
}
