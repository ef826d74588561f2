/** A column: its heading, and what a row shows in it. */
export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string;
}

/** Lines of a plain table, columns as wide as their longest cell. */
export function formatTable<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
): string[] {
  const cells = [
    columns.map(column => column.title),
    ...rows.map(row => columns.map(column => column.value(row))),
  ];
  const widths = columns.map((_, index) =>
    Math.max(...cells.map(line => line[index].length)),
  );
  return cells.map(line =>
    line
      .map((cell, index) => cell.padEnd(widths[index]))
      .join('  ')
      .trimEnd(),
  );
}
