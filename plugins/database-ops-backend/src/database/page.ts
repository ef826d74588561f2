// Cursors are opaque to callers: base64url of the sort key of the last row given.
import { InputError } from '@backstage/errors';
import { Knex } from 'knex';

/** Rows a page when the caller names none. */
export const DEFAULT_PAGE_SIZE = 50;

/** A part of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly totalItems: number;
  readonly nextCursor?: string;
}

/** Which part of a list is asked for. */
export interface PageRequest {
  readonly limit?: number;
  readonly cursor?: string;
}

export function encodeCursor(parts: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** @throws InputError when the cursor is none of ours. */
export function decodeCursor<T extends readonly (string | number)[]>(
  cursor: string,
  shape: { readonly [K in keyof T]: 'string' | 'number' },
): T {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch (error) {
    throw new InputError(
      `The cursor '${cursor}' cannot be read; start again without a cursor.`,
      error,
    );
  }
  if (
    !Array.isArray(parts) ||
    parts.length !== shape.length ||
    parts.some((part, index) => typeof part !== shape[index])
  ) {
    throw new InputError(
      `The cursor '${cursor}' belongs to another list; start again without a cursor.`,
    );
  }
  return parts as unknown as T;
}

/**
 * A page of rows, newest first: by a column that sorts in time order, then by
 * those that tell rows of one time apart, all of which a cursor holds.
 */
export async function newestFirst<
  Row extends Record<TimeColumn | IdColumn, string>,
  TimeColumn extends string,
  IdColumn extends string = 'id',
>(
  query: Knex.QueryBuilder,
  timeColumn: TimeColumn,
  request: PageRequest,
  idColumns: readonly IdColumn[] = ['id' as IdColumn],
): Promise<Page<Row>> {
  const limit = request.limit ?? DEFAULT_PAGE_SIZE;
  const columns = [timeColumn, ...idColumns];
  const [{ count }] = await query
    .clone()
    .count<{ count: string | number }[]>({ count: '*' });
  if (request.cursor) {
    const last = decodeCursor<string[]>(
      request.cursor,
      columns.map(() => 'string' as const),
    );
    query.where(older =>
      columns.forEach((column, index) =>
        older.orWhere(same => {
          columns
            .slice(0, index)
            .forEach((equal, at) => same.where(equal, last[at]));
          same.where(column, '<', last[index]);
        }),
      ),
    );
  }
  const rows: Row[] = await query
    .orderBy(columns.map(column => ({ column, order: 'desc' })))
    .limit(limit + 1);
  const items = rows.slice(0, limit);
  const last = items[items.length - 1];
  return {
    items,
    totalItems: Number(count),
    nextCursor:
      rows.length > limit
        ? encodeCursor(columns.map(column => last[column]))
        : undefined,
  };
}
