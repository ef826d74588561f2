import { Panel, PanelData, Proof } from 'backstage-plugin-database-ops-common';

/** Which of a proof's figures is drawn. */
export type ProofFigure = 'rpoSeconds' | 'rtoSeconds';

/** A figure of the proofs as a series over time, the oldest first. */
export function seriesOf(
  proofs: readonly Proof[],
  figure: ProofFigure,
): PanelData {
  const measured = proofs
    .filter(proof => proof[figure] !== undefined)
    .sort((a, b) => Date.parse(a.endedAt) - Date.parse(b.endedAt));
  return {
    timestamps: measured.map(proof => Date.parse(proof.endedAt) / 1000),
    series: [
      {
        name: figure === 'rpoSeconds' ? 'RPO' : 'RTO',
        values: measured.map(proof => proof[figure] ?? null),
      },
    ],
    stepSeconds: 1,
  };
}

/** The chart of a figure, with what is promised as its limit. */
export function panelOf(figure: ProofFigure, promisedSeconds?: number): Panel {
  return {
    id: figure,
    title: figure === 'rpoSeconds' ? 'RPO' : 'RTO',
    type: 'timeseries',
    unit: 's',
    thresholds:
      promisedSeconds === undefined
        ? []
        : [{ value: promisedSeconds, level: 'critical' }],
  };
}
