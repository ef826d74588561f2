export interface PanelSpan {
  readonly id: string;
  readonly title: string;
  readonly seconds: number;
}

/** The stretches that the panels can show, up to now. */
export const PANEL_SPANS: readonly PanelSpan[] = [
  { id: '1h', title: 'last 1 h', seconds: 3600 },
  { id: '6h', title: 'last 6 h', seconds: 6 * 3600 },
  { id: '24h', title: 'last 24 h', seconds: 24 * 3600 },
];

/** How often the panels are asked for again; 0 is never. */
export const REFRESH_SECONDS = [0, 10, 30, 60] as const;

/** Points that a small chart can show. */
const POINTS = 180;

/** The range that ends now, aligned to its step so that points do not wander. */
export function rangeOf(span: PanelSpan, nowMs: number = Date.now()) {
  const stepSeconds = Math.max(10, Math.round(span.seconds / POINTS));
  const toSeconds = Math.floor(nowMs / 1000 / stepSeconds) * stepSeconds;
  return { fromSeconds: toSeconds - span.seconds, toSeconds, stepSeconds };
}
