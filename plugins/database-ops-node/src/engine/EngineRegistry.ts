import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import {
  DatabaseOpsEnginesExtensionPoint,
  EngineRegistration,
} from './extensionPoint';
import { Engine } from './types';

/**
 * The engines that a portal knows, by kind.
 *
 * @public
 */
export class EngineRegistry implements DatabaseOpsEnginesExtensionPoint {
  readonly #byKind = new Map<string, EngineRegistration>();

  addEngine(registration: EngineRegistration): void {
    const { kind } = registration.engine.describe;
    const present = this.#byKind.get(kind);
    if (present) {
      throw new ConflictError(
        `Engine '${kind}' is registered twice, by ${present.engineModule} and by ${registration.engineModule}; install only one of them.`,
      );
    }
    this.#byKind.set(kind, registration);
  }

  kinds(): readonly string[] {
    return [...this.#byKind.keys()].sort();
  }

  find(kind: string): EngineRegistration | undefined {
    return this.#byKind.get(kind);
  }

  /** @throws NotFoundError naming the engines that there are. */
  get(kind: string): EngineRegistration {
    const registration = this.#byKind.get(kind);
    if (!registration) {
      throw new NotFoundError(
        `There is no engine '${kind}'; known are ${this.kinds().join(', ') || 'none'}. Install the module of that engine in the backend.`,
      );
    }
    return registration;
  }
}

/**
 * Checks that what a module exports as `engine` is one.
 *
 * @throws InputError naming the module.
 * @public
 */
export function engineOfModule(loaded: unknown, engineModule: string): Engine {
  const exported = loaded as {
    readonly engine?: unknown;
    readonly default?: unknown;
  };
  const candidate =
    exported?.engine ??
    (exported?.default as { engine?: unknown } | undefined)?.engine;
  if (
    typeof candidate !== 'object' ||
    candidate === null ||
    !['describe', 'observe', 'operate'].every(part => part in candidate)
  ) {
    throw new InputError(
      `Module '${engineModule}' exports no engine; it must export 'engine' with describe, observe and operate.`,
    );
  }
  return candidate as Engine;
}
