import { ConflictError } from '@backstage/errors';
import { OperationKind } from 'backstage-plugin-database-ops-common';
import { OperationStore } from '../OperationStore';

/** What is about to act on a restored instance, or acts on it right now. */
export class InstanceWork {
  readonly #operations: Pick<OperationStore, 'listActive'>;

  constructor(options: { readonly store: Pick<OperationStore, 'listActive'> }) {
    this.#operations = options.store;
  }

  /**
   * Of one kind there is one operation at a time anyway.
   *
   * @throws ConflictError naming another operation of another kind on it
   */
  async assertNone(
    restoredInstanceId: string,
    kind: OperationKind,
  ): Promise<void> {
    const active = await this.#operations.listActive();
    const other = active.find(
      one =>
        one.kind !== kind &&
        one.parameters?.restoredInstanceId === restoredInstanceId,
    );
    if (other) {
      throw new ConflictError(
        `Restored instance '${restoredInstanceId}' has a ${other.kind}, operation ${other.id}, which is ${other.state}; wait for its end or cancel it before you ${kind} the instance.`,
      );
    }
  }
}
