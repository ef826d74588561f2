import { Signal } from 'backstage-plugin-database-ops-common';
import { Ask } from '../health/answers';
import { MemberChecks } from '../health/checks/MemberChecks';
import { MemberFinding } from '../health/findings';
import { Limits } from '../health/Limits';
import { serverFacts } from '../health/serverFacts';
import { CATALOG_COLUMNS, ColumnRow } from './catalog';
import { TIMESCALE_CHECKS } from './checks';

/** Signals of a database that has the extension; it is found at run time. */
export class TimescaleWatch {
  readonly #checks: MemberChecks;
  #seen = false;

  constructor(limits: Limits) {
    this.#checks = new MemberChecks(TIMESCALE_CHECKS, limits);
  }

  /** @param primary - with a state, or none and then why */
  async signals(
    findings: readonly MemberFinding[],
    primary: { readonly finding: MemberFinding; readonly ask: Ask } | undefined,
    noPrimary: string,
  ): Promise<readonly Signal[]> {
    const answered = findings.flatMap(({ state }) => state ?? []);
    if (answered.length > 0) {
      // Any member says so; what was seen stays seen while none answers.
      this.#seen = answered.some(({ timescaledb }) => timescaledb !== null);
    }
    if (!this.#seen) {
      return [];
    }
    if (!primary?.finding.state) {
      return this.#checks.unknown(noPrimary);
    }
    const { member, state } = primary.finding;
    const columns = await primary.ask<ColumnRow>(CATALOG_COLUMNS);
    return columns.ok
      ? this.#checks.run(
          member.name,
          serverFacts(state, new Set(columns.value.map(({ name }) => name))),
          primary.ask,
        )
      : this.#checks.unknown(`${member.name}: ${columns.reason}`);
  }
}
