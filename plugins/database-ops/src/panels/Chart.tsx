import { useEffect, useRef } from 'react';
import { Theme, useTheme } from '@material-ui/core/styles';
import { Panel, PanelData } from 'backstage-plugin-database-ops-common';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatValue } from '../units/format';
import { seriesLook } from './seriesLook';
import { timeAxisOf } from './timeAxis';

const HEIGHT_PX = 150;

/** Wide enough for "148 MiB/s". */
const Y_AXIS_PX = 72;

function drawThresholds(panel: Panel, theme: Theme) {
  const colors = {
    ok: theme.palette.status.ok,
    warning: theme.palette.status.warning,
    critical: theme.palette.status.error,
  };
  return (plot: UPlot) => {
    const { ctx, bbox } = plot;
    for (const { value, level } of panel.thresholds ?? []) {
      const y = plot.valToPos(value, 'y', true);
      if (y < bbox.top || y > bbox.top + bbox.height) {
        continue;
      }
      ctx.save();
      ctx.strokeStyle = colors[level];
      ctx.setLineDash([4, 4]);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      ctx.restore();
    }
  };
}

function optionsOf(
  panel: Panel,
  names: readonly string[],
  theme: Theme,
  drawn: {
    readonly width: number;
    readonly dots: boolean;
    readonly alone: boolean;
  },
): UPlot.Options {
  const { width, dots, alone } = drawn;
  const { rangeOf, ticksOf, label: momentOf } = timeAxisOf(dots, alone);
  const axis = {
    stroke: theme.palette.text.secondary,
    grid: { stroke: theme.palette.divider, width: 1 },
    ticks: { stroke: theme.palette.divider, width: 1 },
    font: `11px ${theme.typography.fontFamily}`,
  };
  return {
    width,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    tzDate: seconds => UPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    scales: {
      x: {
        range: ({ data: [times] }, low, high) =>
          rangeOf(Array.from(times)) ?? [low, high],
      },
      y: {
        range: (_plot, low, high) => [
          Math.min(0, low ?? 0),
          high === null || high === 0 ? 1 : Math.max(0, high) * 1.1,
        ],
      },
    },
    axes: [
      {
        ...axis,
        ...(ticksOf
          ? { splits: ({ data: [times] }: UPlot) => ticksOf(Array.from(times)) }
          : {}),
        values: (_plot, ticks) => ticks.map(momentOf),
      },
      {
        ...axis,
        size: Y_AXIS_PX,
        values: (_plot, ticks) =>
          ticks.map(value => formatValue(value, panel.unit)),
      },
    ],
    series: [
      {},
      ...names.map((label, index) => {
        const { color, dash } = seriesLook(
          index,
          theme.palette.type === 'dark',
        );
        return {
          label,
          stroke: color,
          width: 1.5,
          dash: [...dash],
          points: { show: dots, size: 6, fill: color },
        };
      }),
    ],
    hooks: { draw: [drawThresholds(panel, theme)] },
  };
}

function columnsOf(data: PanelData): UPlot.AlignedData {
  return [data.timestamps, ...data.series.map(series => series.values)];
}

/** A small time-series chart; its words are its table's and its summary's. */
export function Chart(props: {
  panel: Panel;
  data: PanelData;
  summary: string;
  /** Marks each value: they are few, and lie apart by days. */
  dots?: boolean;
}) {
  const { panel, data, summary, dots = false } = props;
  const theme = useTheme<Theme>();
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>();
  const latest = useRef(data);
  latest.current = data;
  const alone = data.timestamps.length === 1;
  const structure = JSON.stringify([
    panel,
    data.series.map(series => series.name),
  ]);

  useEffect(() => {
    const element = box.current;
    if (!element) {
      return undefined;
    }
    const [drawn, names]: [Panel, string[]] = JSON.parse(structure);
    const made = new UPlot(
      optionsOf(drawn, names, theme, {
        width: element.clientWidth || 300,
        dots,
        alone,
      }),
      columnsOf(latest.current),
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() =>
      made.setSize({ width: element.clientWidth, height: HEIGHT_PX }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [structure, theme, dots, alone]);

  useEffect(() => {
    plot.current?.setData(columnsOf(data));
  }, [data]);

  return (
    <div
      ref={box}
      role="img"
      aria-label={summary}
      style={{ height: HEIGHT_PX, overflow: 'hidden' }}
    />
  );
}
