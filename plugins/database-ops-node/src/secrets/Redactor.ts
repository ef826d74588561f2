const REDACTED = '[secret]';

/** Shorter ones would blank out ordinary words; no real credential is that short. */
const SHORTEST_SECRET = 4;

/**
 * Takes known secrets out of text before it is logged or stored, also where
 * they stand URL-encoded, in base64 or as a JSON string.
 *
 * @public
 */
export class Redactor {
  readonly #needles: readonly string[];

  constructor(secrets: Iterable<string>) {
    const needles = new Set<string>();
    for (const secret of secrets) {
      if (secret.length >= SHORTEST_SECRET) {
        needles.add(secret);
        needles.add(encodeURIComponent(secret));
        needles.add(JSON.stringify(secret).slice(1, -1));
        needles.add(Buffer.from(secret).toString('base64'));
        // A PEM or another text of several lines is printed line by line.
        secret
          .split('\n')
          .map(line => line.trim())
          .filter(line => line.length >= 16 && !line.startsWith('-----'))
          .forEach(line => needles.add(line));
      }
    }
    // Longest first: a secret may contain another one.
    this.#needles = [...needles].sort((a, b) => b.length - a.length);
  }

  redact(text: string): string {
    return this.#needles.reduce(
      (soFar, needle) => soFar.split(needle).join(REDACTED),
      text,
    );
  }

  /** The same value with every string in it redacted. */
  redactValue<T>(value: T): T {
    if (typeof value === 'string') {
      return this.redact(value) as T;
    }
    if (Array.isArray(value)) {
      return value.map(item => this.redactValue(item)) as T;
    }
    if (
      typeof value === 'object' &&
      value !== null &&
      !(value instanceof Date)
    ) {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [
          key,
          this.redactValue(item),
        ]),
      ) as T;
    }
    return value;
  }

  /** A redactor that knows more secrets besides. */
  with(secrets: Iterable<string>): Redactor {
    return new Redactor([...this.#needles, ...secrets]);
  }
}
