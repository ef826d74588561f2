import { inspect } from 'node:util';

const REDACTED = '[secret]';

/**
 * A value that must not be written down by accident: it prints, serialises
 * and inspects as `[secret]`, and only {@link Secret.reveal} gives it away.
 *
 * @public
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself; for the one place that hands it to a driver or a child process. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
