import { AuditEvent } from 'backstage-plugin-database-ops-common';

/** Formats of an export. */
export type ExportFormat = 'csv' | 'jsonl';

const CSV_COLUMNS = [
  'seq',
  'at',
  'actor',
  'action',
  'databaseId',
  'operationId',
  'outcome',
  'sentence',
  'details',
  'previousHash',
  'hash',
] as const;

/** Lines that are gathered into one write. */
const LINES_PER_CHUNK = 500;

/**
 * A cell that a spreadsheet shows and never calculates: a denied caller
 * chooses what stands in some of them.
 * See https://owasp.org/www-community/attacks/CSV_Injection.
 */
function csvCell(value: unknown): string {
  const text =
    typeof value === 'object' ? JSON.stringify(value) : String(value ?? '');
  const shown =
    typeof value === 'string' &&
    /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/.test(text)
      ? `'${text}`
      : text;
  return `"${shown.replaceAll('"', '""')}"`;
}

function csvLine(event: AuditEvent): string {
  return `${CSV_COLUMNS.map(column => csvCell(event[column])).join(',')}\r\n`;
}

/** The text of an export in pieces, so that any number of events pass through. */
export async function* exportLines(
  events: AsyncIterable<AuditEvent>,
  format: ExportFormat,
): AsyncIterable<string> {
  let chunk = format === 'csv' ? `${CSV_COLUMNS.join(',')}\r\n` : '';
  let lines = 0;
  for await (const event of events) {
    chunk += format === 'csv' ? csvLine(event) : `${JSON.stringify(event)}\n`;
    lines += 1;
    if (lines % LINES_PER_CHUNK === 0) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk) {
    yield chunk;
  }
}
