import { MemberFacts } from './facts';

/**
 * Remembers who replicated whom, so that the absence of a former master can
 * be told together with who took its place: afterwards no node knows it any more.
 */
export class FailoverMemory {
  /** Replica addresses by the address of their master. */
  readonly #replicasOf = new Map<string, ReadonlySet<string>>();

  /** Takes in what one answering member sees. */
  remember(facts: MemberFacts): void {
    const nodes = facts.nodes ?? [];
    const addressOf = new Map(nodes.map(({ id, address }) => [id, address]));
    const current = new Map<string, Set<string>>();
    for (const node of nodes) {
      const master = node.masterId && addressOf.get(node.masterId);
      if (master) {
        const replicas = current.get(master) ?? new Set();
        current.set(master, replicas.add(node.address));
      }
    }
    for (const [master, replicas] of current) {
      this.#replicasOf.set(master, replicas);
    }
  }

  /** Address of the former replica that now is a master with slots; undefined when that is not known. */
  successorOf(address: string, facts: MemberFacts): string | undefined {
    const replicas = this.#replicasOf.get(address);
    return facts.nodes?.find(
      node =>
        replicas?.has(node.address) &&
        node.flags.includes('master') &&
        node.slotRanges.length > 0,
    )?.address;
  }
}
