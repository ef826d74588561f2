// Text and JSON as every supported database takes them and gives them back.
import { JsonObject, JsonValue } from '@backstage/types';

/** Text as UTF-8 and PostgreSQL hold it: no half of a surrogate pair, no NUL. */
export function storableText(text: string, width?: number): string {
  // A cut may halve a pair, so it comes first.
  return Buffer.from(text.slice(0, width), 'utf8')
    .toString('utf8')
    .replaceAll('\0', '\uFFFD');
}

function storableJson(value: JsonValue | undefined): JsonValue | undefined {
  if (typeof value === 'string') {
    return storableText(value);
  }
  if (Array.isArray(value)) {
    return value.map(item => storableJson(item) ?? null);
  }
  return typeof value === 'object' && value !== null
    ? storableObject(value)
    : value;
}

/** An object whose every key and text can be stored. */
export function storableObject(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      storableText(key),
      storableJson(value),
    ]),
  );
}
