// Cursors are opaque to callers: base64url of the sort key of the last row given.
import { InputError } from '@backstage/errors';

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
