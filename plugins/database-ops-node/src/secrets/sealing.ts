import { JsonObject, JsonValue } from '@backstage/types';
import { InputError } from '@backstage/errors';
import { Secret } from './Secret';

const REFERENCE_KEY = '$secret';

/**
 * A value with its secrets taken out: `sealed` may be written to a file or a
 * Job, `secrets` travels apart (a file descriptor, a Kubernetes Secret).
 *
 * @public
 */
export interface Sealed {
  readonly sealed: JsonObject;
  /** Secret values by the reference that stands in `sealed`. */
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * Replaces each {@link Secret} in a value by `{ $secret: <path> }`.
 *
 * @public
 */
export function sealSecrets(value: object): Sealed {
  const secrets: Record<string, string> = {};
  const walk = (node: unknown, path: string): JsonValue => {
    if (node instanceof Secret) {
      secrets[path] = node.reveal();
      return { [REFERENCE_KEY]: path };
    }
    if (Array.isArray(node)) {
      return node.map((item, index) => walk(item, `${path}[${index}]`));
    }
    if (typeof node === 'object' && node !== null) {
      return Object.fromEntries(
        Object.entries(node)
          .filter(([, item]) => item !== undefined)
          .map(([key, item]) => [
            key,
            walk(item, path ? `${path}.${key}` : key),
          ]),
      );
    }
    return node as JsonValue;
  };
  return { sealed: walk(value, '') as JsonObject, secrets };
}

/**
 * Puts secrets back where {@link sealSecrets} took them out.
 *
 * @throws InputError when a reference has no secret.
 * @public
 */
export function unsealSecrets(
  sealed: JsonValue,
  secrets: Readonly<Record<string, string>>,
): unknown {
  if (Array.isArray(sealed)) {
    return sealed.map(item => unsealSecrets(item, secrets));
  }
  if (typeof sealed === 'object' && sealed !== null) {
    const reference = sealed[REFERENCE_KEY];
    if (typeof reference === 'string') {
      const value = secrets[reference];
      if (value === undefined) {
        throw new InputError(
          `The secret for '${reference}' did not reach this process; start the worker through an executor, which hands secrets over.`,
        );
      }
      return new Secret(value);
    }
    return Object.fromEntries(
      Object.entries(sealed).map(([key, item]) => [
        key,
        item === undefined ? undefined : unsealSecrets(item, secrets),
      ]),
    );
  }
  return sealed;
}
