import { InputError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { z } from 'zod';

/**
 * An engine's own parameters, judged by the JSON schema of its capabilities.
 *
 * @throws InputError naming the parameter.
 */
export function checkParameters(
  schema: object | undefined,
  parameters: JsonObject,
  subject: string,
): void {
  if (!schema) {
    return;
  }
  const parsed = z
    .fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])
    .safeParse(parameters);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(
      `Parameter '${issue.path.join('.') || '(all)'}' of ${subject} is wrong: ${issue.message}.`,
    );
  }
}

/** @throws InputError naming what is offered instead. */
export function choose<T extends { readonly id: string }>(
  offered: readonly T[],
  wanted: unknown,
  subject: string,
): T {
  const found = offered.find(item => item.id === wanted);
  if (!found) {
    throw new InputError(
      `${subject} '${String(wanted)}' is not offered; choose ${offered.map(item => `'${item.id}'`).join(' or ') || 'another verb, there is none'}.`,
    );
  }
  return found;
}
