import { InputError } from '@backstage/errors';
import { z } from 'zod';

/** A wrong value of configuration: which key, and what was expected there. */
export class ConfigurationError extends InputError {
  readonly path: string;
  readonly expectation: string;

  constructor(path: string, expectation: string) {
    super(`${path}: ${expectation}`);
    this.path = path;
    this.expectation = expectation;
  }
}

function join(path: string, key: PropertyKey): string {
  return typeof key === 'number' ? `${path}[${key}]` : `${path}.${String(key)}`;
}

/**
 * Parses a value of configuration.
 *
 * @throws ConfigurationError naming the first wrong key below `path`.
 */
export function parseAt<T>(
  schema: z.ZodType<T>,
  value: unknown,
  path: string,
): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) {
    return parsed.data;
  }
  const [issue] = parsed.error.issues;
  const unknownKey =
    issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const where = [
    ...issue.path,
    ...(unknownKey === undefined ? [] : [unknownKey]),
  ].reduce<string>(join, path);
  throw new ConfigurationError(
    where,
    unknownKey === undefined
      ? issue.message
      : 'is not a key of this part; remove it or correct its name',
  );
}

/** The key that an error of an engine's `readConfig` names, or the place it was asked to read. */
export function wrongKeyOf(
  error: Error,
  path: string,
): { path: string; message: string } {
  if (error instanceof ConfigurationError) {
    return { path: error.path, message: error.expectation };
  }
  const start = error.message.indexOf(path);
  const named =
    start < 0
      ? undefined
      : /^[\w.[\]-]*\w\]?/.exec(error.message.slice(start))?.[0];
  return { path: named ?? path, message: error.message };
}
