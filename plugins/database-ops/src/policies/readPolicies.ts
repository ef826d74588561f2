import { parse } from 'yaml';

type JsonMap = Record<string, unknown>;

function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Policies from what somebody pasted: YAML or JSON, with or without the
 * configuration's `databaseOps:` and `policies:` around them.
 *
 * @throws Error in words when it is neither
 */
export function readPolicies(text: string): JsonMap {
  const read: unknown = parse(text);
  if (!isMap(read)) {
    throw new Error(
      'This is no map of policies. Begin with the name of a policy and a colon.',
    );
  }
  const inside = isMap(read.databaseOps) ? read.databaseOps : read;
  const policies = isMap(inside.policies) ? inside.policies : inside;
  if (Object.keys(policies).length === 0) {
    throw new Error('There is no policy in it.');
  }
  return policies;
}
