import { PanelData, PanelSeries } from 'backstage-plugin-database-ops-common';
import { QueryRange, RangeSeries } from '../prometheus/PrometheusClient';

/** The series of one expression with the name format of its legend. */
export interface LegendedSeries {
  readonly legendFormat: string;
  readonly series: readonly RangeSeries[];
}

/** Puts series on one time axis; a moment without a sample is `null`, never 0. */
export function toPanelData(
  results: readonly LegendedSeries[],
  range: QueryRange,
): PanelData {
  const { startSeconds, endSeconds, stepSeconds } = range;
  const points = Math.floor((endSeconds - startSeconds) / stepSeconds) + 1;
  const timestamps = Array.from(
    { length: points },
    (_, index) => startSeconds + index * stepSeconds,
  );
  return {
    timestamps,
    stepSeconds,
    series: results.flatMap(({ legendFormat, series }) =>
      series.map(one => toPanelSeries(one, legendFormat, range, points)),
    ),
  };
}

function toPanelSeries(
  series: RangeSeries,
  legendFormat: string,
  range: QueryRange,
  points: number,
): PanelSeries {
  const values = new Array<number | null>(points).fill(null);
  for (const [timeSeconds, text] of series.values) {
    const index = Math.round(
      (timeSeconds - range.startSeconds) / range.stepSeconds,
    );
    const value = Number(text);
    // Infinite and undefined values cannot be drawn and have no JSON.
    if (index >= 0 && index < points && Number.isFinite(value)) {
      values[index] = value;
    }
  }
  return {
    name: seriesName(series.metric, legendFormat),
    labels: { ...series.metric },
    values,
  };
}

/** Grafana's legend: `{{label}}` is that label's value, `__auto` or nothing the labels that tell series apart. */
export function seriesName(
  metric: Readonly<Record<string, string>>,
  legendFormat: string,
): string {
  if (legendFormat !== '' && legendFormat !== '__auto') {
    return legendFormat.replace(
      /\{\{\s*(\w+)\s*\}\}/g,
      (_match, label: string) => metric[label] ?? '',
    );
  }
  const { __name__: name, database: _database, ...rest } = metric;
  const values = Object.values(rest);
  return values.length > 0 ? values.join(' ') : (name ?? 'value');
}
