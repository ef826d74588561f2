import { JsonObject } from '@backstage/types';

/** Reads JSON text that this plugin wrote itself. */
export function readJson<T = JsonObject>(text: string): T {
  return JSON.parse(text) as T;
}

/** {@link readJson} of a column that may be null. */
export function readOptionalJson<T = JsonObject>(
  text: string | null,
): T | undefined {
  return text === null ? undefined : readJson<T>(text);
}

/** JSON text of a value, or null for an absent one. */
export function writeOptionalJson(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
