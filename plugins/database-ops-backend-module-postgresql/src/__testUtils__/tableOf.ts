/** Rows as the documents have their tables, the first of them the heading. */
export function tableOf(
  rows: readonly (readonly string[])[],
): readonly string[] {
  const widths = rows[0].map((_, column) =>
    Math.max(...rows.map(row => row[column].length)),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [
    line(rows[0]),
    `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`,
    ...rows.slice(1).map(line),
    '',
  ];
}
