import { OperationRow } from './rows';

/** Attempts that fail at the same event until an operation is given up. */
const ATTEMPTS = 5;

/** Tells a follower that stumbles from one that fails at the same place for ever. */
export class FollowFailures {
  readonly #failures = new Map<
    string,
    { readonly workerSeq: number; readonly count: number }
  >();

  /** Counts a failed attempt; true when it was the last one. */
  isLast(row: Pick<OperationRow, 'id' | 'last_worker_seq'>): boolean {
    const earlier = this.#failures.get(row.id);
    const count =
      earlier?.workerSeq === row.last_worker_seq ? earlier.count + 1 : 1;
    this.#failures.set(row.id, { workerSeq: row.last_worker_seq, count });
    return count >= ATTEMPTS;
  }

  /** The operation has ended, or is another process's. */
  forget(operationId: string): void {
    this.#failures.delete(operationId);
  }
}
