/** Colours of lines that keep 3:1 against a card, light and dark. */
const LIGHT = [
  '#1f5493',
  '#b3441c',
  '#2c7a4b',
  '#7b3f9e',
  '#8a6d00',
  '#0b7285',
  '#a61e4d',
  '#495057',
];
const DARK = [
  '#9cc9ff',
  '#ffa680',
  '#7fd6a0',
  '#d9a6f5',
  '#f0d264',
  '#74d3e0',
  '#ff9ebd',
  '#ced4da',
];

/** Line patterns, so that lines differ by more than colour. */
const DASHES: readonly (readonly number[])[] = [
  [],
  [6, 3],
  [2, 2],
  [8, 3, 2, 3],
];

export interface SeriesLook {
  readonly color: string;
  readonly dash: readonly number[];
}

/** How the n-th line of a chart is drawn, in the chart and in its legend. */
export function seriesLook(index: number, dark: boolean): SeriesLook {
  const colors = dark ? DARK : LIGHT;
  return {
    color: colors[index % colors.length],
    dash: DASHES[index % DASHES.length],
  };
}
