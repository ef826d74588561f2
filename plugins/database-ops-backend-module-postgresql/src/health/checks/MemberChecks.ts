import { Signal } from 'backstage-plugin-database-ops-common';
import { unknownSignal } from 'backstage-plugin-database-ops-node';
import { SignalId } from '../definitions';
import { Answer } from '../findings';
import { Limits } from '../Limits';
import { MemberCheck, ServerFacts } from './types';

/** Asks a member one question after the other; counters are compared with the answer before. */
export class MemberChecks {
  readonly #checks: readonly MemberCheck<never>[];
  readonly #limits: Limits;
  readonly #earlier = new Map<
    string,
    { readonly rows: readonly never[]; readonly at: number }
  >();
  #member: string | undefined;

  constructor(checks: readonly MemberCheck<never>[], limits: Limits) {
    this.#checks = checks;
    this.#limits = limits;
  }

  async run(
    member: string,
    server: ServerFacts,
    ask: (sql: string) => Promise<Answer<readonly object[]>>,
  ): Promise<readonly Signal[]> {
    if (this.#member !== member) {
      // Counters of another server are no base to compare with.
      this.#earlier.clear();
      this.#member = member;
    }
    const signals: Signal[] = [];
    for (const check of this.#checks) {
      const sql = check.sql(server);
      if (sql === undefined) {
        signals.push(
          this.#unknown(check.id, `this version does not keep what it reads`),
        );
        continue;
      }
      const answer = await ask(sql);
      const signal = answer.ok
        ? this.#judge(check, member, answer.value as readonly never[])
        : this.#unknown(check.id, `${member}: ${answer.reason}`);
      signals.push(...(signal ? [signal] : []));
    }
    return signals;
  }

  /** The same signals when nobody could be asked. */
  unknown(reason: string): readonly Signal[] {
    return this.#checks.map(({ id }) => this.#unknown(id, reason));
  }

  /** Counters begin anew: what is asked next may be the same server in another role. */
  forget(): void {
    this.#member = undefined;
  }

  #judge(
    check: MemberCheck<never>,
    member: string,
    rows: readonly never[],
  ): Signal | undefined {
    const before = this.#earlier.get(check.id);
    const at = performance.now();
    this.#earlier.set(check.id, { rows, at });
    return check.judge(rows, {
      member,
      limits: this.#limits,
      ...(before
        ? {
            earlier: {
              rows: before.rows,
              ageSeconds: (at - before.at) / 1000,
            },
          }
        : {}),
    });
  }

  #unknown(id: SignalId, reason: string): Signal {
    const facts = this.#limits.facts(id);
    return unknownSignal({
      ...facts,
      sentence: `${facts.title} could not be checked: ${reason}.`,
    });
  }
}
