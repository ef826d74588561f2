import { Signal } from 'backstage-plugin-database-ops-common';
import { unknownSignal } from 'backstage-plugin-database-ops-node';
import { SignalId } from '../definitions';
import { Answer } from '../findings';
import { Limits } from '../Limits';
import { MemberCheck, ServerFacts } from './types';

/** How far back a rate an hour is measured. */
const RATE_SECONDS = 3600;

interface KeptAnswer {
  readonly rows: readonly never[];
  readonly at: number;
}

/** Asks a member one question after the other; counters are compared with the answer before. */
export class MemberChecks {
  readonly #checks: readonly MemberCheck<never>[];
  readonly #limits: Limits;
  readonly #nowSeconds: () => number;
  /** Oldest first; one answer alone for a check without a counter. */
  readonly #earlier = new Map<string, readonly KeptAnswer[]>();
  #member: string | undefined;

  constructor(
    checks: readonly MemberCheck<never>[],
    limits: Limits,
    nowSeconds: () => number = () => performance.now() / 1000,
  ) {
    this.#checks = checks;
    this.#limits = limits;
    this.#nowSeconds = nowSeconds;
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
    const at = this.#nowSeconds();
    const kept = this.#keptFor(check, rows, at);
    this.#earlier.set(
      check.id,
      check.counter ? [...kept, { rows, at }] : [{ rows, at }],
    );
    const answer = (earlier: KeptAnswer | undefined) =>
      earlier && { rows: earlier.rows, ageSeconds: at - earlier.at };
    return check.judge(rows, {
      member,
      limits: this.#limits,
      earlier: answer(kept.at(-1)),
      base: check.counter ? answer(kept[0]) : undefined,
    });
  }

  /** Counters only rise, unless somebody reset them: then what was before says nothing. */
  #keptFor(
    { id, counter }: MemberCheck<never>,
    rows: readonly never[],
    at: number,
  ): readonly KeptAnswer[] {
    const kept = this.#earlier.get(id) ?? [];
    const last = kept.at(-1);
    if (!counter || !last) {
      return kept;
    }
    return counter(rows) < counter(last.rows)
      ? []
      : kept.filter(earlier => at - earlier.at <= RATE_SECONDS);
  }

  #unknown(id: SignalId, reason: string): Signal {
    const facts = this.#limits.facts(id);
    return unknownSignal({
      ...facts,
      sentence: `${facts.title} could not be checked: ${reason}.`,
    });
  }
}
