import { InputError } from '@backstage/errors';
import { z } from 'zod';
import { Secret } from '../secrets/Secret';

/**
 * A configuration string that becomes a {@link Secret} when parsed.
 *
 * @public
 */
export function secretString() {
  return z
    .string()
    .min(1)
    .transform(value => new Secret(value));
}

/**
 * Parses a part of the configuration.
 *
 * @param schema - a zod schema; keys it does not know are refused where it is strict
 * @param raw - the value as read
 * @param path - where the value stands, for example `databaseOps.databases.orders.redis`
 * @throws InputError naming the full path of each wrong key and what was
 * expected, never the value found
 * @public
 */
export function parseConfig<TSchema extends z.ZodType>(
  schema: TSchema,
  raw: unknown,
  path: string,
): z.output<TSchema> {
  const parsed = schema.safeParse(raw, { reportInput: false });
  if (parsed.success) {
    return parsed.data;
  }
  const complaints = parsed.error.issues.map(
    issue => `${keyPath(path, issue)}: ${describeIssue(issue)}`,
  );
  throw new InputError(
    `The configuration is wrong at ${complaints.join('; ')}. Correct it in app-config and restart.`,
  );
}

function keyPath(path: string, issue: z.core.$ZodIssue): string {
  const keys =
    issue.code === 'unrecognized_keys'
      ? [...issue.path, issue.keys[0]]
      : issue.path;
  return keys.reduce<string>(
    (soFar, key) =>
      typeof key === 'number' ? `${soFar}[${key}]` : `${soFar}.${String(key)}`,
    path,
  );
}

function describeIssue(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${issue.expected}`;
    case 'invalid_value':
      return `expected one of ${issue.values.map(String).join(', ')}`;
    case 'unrecognized_keys':
      return 'expected no such key; check its spelling';
    case 'too_small':
      return `expected at least ${issue.minimum}${sizeUnit(issue.origin)}`;
    case 'too_big':
      return `expected at most ${issue.maximum}${sizeUnit(issue.origin)}`;
    default:
      return issue.message;
  }
}

function sizeUnit(origin: string): string {
  if (origin === 'string') {
    return ' characters';
  }
  return origin === 'array' ? ' items' : '';
}
