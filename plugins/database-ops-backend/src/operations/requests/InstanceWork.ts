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
   * What was asked for before a discard would find nothing, and a discard would
   * take away what somebody else was promised. Anything else may follow on
   * another: what it finds then is judged when it begins.
   *
   * @throws ConflictError naming the operation that is in the way
   */
  async assertGoesWith(
    restoredInstanceId: string,
    kind: OperationKind,
  ): Promise<void> {
    const active = await this.#operations.listActive();
    const other = active.find(
      one =>
        one.kind !== kind &&
        [one.kind, kind].includes('discard') &&
        one.parameters?.restoredInstanceId === restoredInstanceId,
    );
    if (other) {
      throw new ConflictError(
        `Restored instance '${restoredInstanceId}' has a ${other.kind}, operation ${other.id}, which is ${other.state}; wait for its end or cancel it before you ${kind} the instance.`,
      );
    }
  }
}
