import { DatabaseMember } from 'backstage-plugin-database-ops-node';
import { Broker } from './requests';

/** Names brokers by their configured member; remembers the ids of those that went away. */
export class BrokerNames {
  readonly #members: readonly DatabaseMember[];
  readonly #byId = new Map<number, DatabaseMember>();

  constructor(members: readonly DatabaseMember[]) {
    this.#members = members;
  }

  /** Takes in brokers that are alive, and every id that is known to exist. */
  learn(alive: readonly Broker[], ids: readonly number[]): void {
    for (const { nodeId, host, port } of alive) {
      const member = this.#members.find(
        each => each.host === host && each.port === port,
      );
      if (member) {
        this.#byId.set(nodeId, member);
      }
    }
    // A broker that has been away since before the first check is known by elimination.
    const named = new Set(this.#byId.values());
    const nameless = this.#members.filter(member => !named.has(member));
    const strangers = [...new Set(ids)].filter(id => !this.#byId.has(id));
    if (nameless.length === 1 && strangers.length === 1) {
      this.#byId.set(strangers[0], nameless[0]);
    }
  }

  name(id: number): string {
    return this.#byId.get(id)?.name ?? `broker ${id}`;
  }

  /**
   * Whether the member is the broker of that id, or may be: brokers do not tell
   * their own id, so one that is configured with another address than it
   * advertises stays without one.
   */
  mayBe(member: DatabaseMember, id: number): boolean {
    const known = this.#byId.get(id);
    const named = [...this.#byId.values()];
    return known
      ? known.name === member.name
      : named.every(each => each.name !== member.name);
  }
}
