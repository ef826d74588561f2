import { readFile } from 'node:fs/promises';
import { InputError, toError } from '@backstage/errors';
import {
  Panel,
  PanelThresholdsInner,
} from 'backstage-plugin-database-ops-common';
import { z } from 'zod';

const panelSchema = z.object({
  id: z.number().int(),
  title: z.string().default(''),
  description: z.string().optional(),
  type: z.string(),
  /** Grafana's wish for the smallest step, for example `30s`. */
  interval: z.string().nullish(),
  targets: z
    .array(
      z.object({
        expr: z.string().default(''),
        legendFormat: z.string().default(''),
        hide: z.boolean().default(false),
      }),
    )
    .default([]),
  fieldConfig: z
    .object({
      defaults: z
        .object({
          unit: z.string().optional(),
          decimals: z.number().nullish(),
          thresholds: z
            .object({
              steps: z.array(
                z.object({ value: z.number().nullable(), color: z.string() }),
              ),
            })
            .optional(),
        })
        .default({}),
    })
    .default({ defaults: {} }),
});

/** Collapsed rows carry the panels below them. */
const dashboardSchema = z.object({
  uid: z.string().optional(),
  title: z.string(),
  panels: z.array(
    z.union([
      z.object({
        type: z.literal('row'),
        panels: z.array(panelSchema).default([]),
      }),
      panelSchema,
    ]),
  ),
});

/** Grafana's names for units as signals write them; others stay as they are. */
const UNITS: Readonly<Record<string, string>> = {
  bytes: 'By',
  decbytes: 'By',
  none: '1',
  short: '1',
  percent: '%',
  ops: '/s',
  reqps: '/s',
  cps: '/s',
};

type GrafanaPanel = z.infer<typeof panelSchema>;

/** One expression of a panel with variables still in it. */
export interface PanelTarget {
  readonly expression: string;
  /** Grafana's legend format, for example `{{member}}`; empty for the labels themselves. */
  readonly legendFormat: string;
}

/** A panel that can be drawn: its description and its own expressions. */
export interface DashboardPanel {
  readonly panel: Omit<Panel, 'embedUrl'>;
  readonly targets: readonly PanelTarget[];
}

/** The panels of a Grafana dashboard that can be drawn natively: time series and single values. */
export interface Dashboard {
  readonly uid?: string;
  readonly title: string;
  readonly panels: readonly DashboardPanel[];
}

/** @throws InputError when the file cannot be read or is no dashboard. */
export async function readDashboard(file: string): Promise<Dashboard> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (thrown) {
    throw new InputError(
      `The dashboard '${file}' cannot be read: ${toError(thrown).message}.`,
    );
  }
  const parsed = dashboardSchema.safeParse(content);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(
      `The dashboard '${file}' is not one that Grafana exports: ${issue.path.join('.')}: ${issue.message}.`,
    );
  }
  const { uid, title, panels } = parsed.data;
  return {
    uid,
    title,
    panels: panels
      .flatMap(panel => ('targets' in panel ? [panel] : panel.panels))
      .flatMap(toDashboardPanel),
  };
}

function toDashboardPanel(panel: GrafanaPanel): readonly DashboardPanel[] {
  const { type } = panel;
  const targets = panel.targets
    .filter(target => !target.hide && target.expr.trim() !== '')
    .map(target => ({
      expression: target.expr,
      legendFormat: target.legendFormat,
    }));
  if ((type !== 'timeseries' && type !== 'stat') || targets.length === 0) {
    return [];
  }
  const { unit, decimals, thresholds } = panel.fieldConfig.defaults;
  return [
    {
      targets,
      panel: {
        id: String(panel.id),
        title: panel.title,
        ...(panel.description && { description: panel.description }),
        type,
        ...(unit && { unit: UNITS[unit] ?? unit }),
        ...(typeof decimals === 'number' && { decimals }),
        thresholds: (thresholds?.steps ?? []).flatMap(toThreshold),
      },
    },
  ];
}

/** The step without a value is the base: nothing is passed there. */
function toThreshold(step: {
  readonly value: number | null;
  readonly color: string;
}): readonly PanelThresholdsInner[] {
  if (step.value === null) {
    return [];
  }
  return [{ value: step.value, level: levelOf(step.color) }];
}

function levelOf(color: string): PanelThresholdsInner['level'] {
  if (/red/i.test(color)) {
    return 'critical';
  }
  return /yellow|orange/i.test(color) ? 'warning' : 'ok';
}
