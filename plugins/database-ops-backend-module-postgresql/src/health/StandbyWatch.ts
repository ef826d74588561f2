import { Signal } from 'backstage-plugin-database-ops-common';
import { Ask } from './answers';
import { MemberChecks } from './checks/MemberChecks';
import { STANDBY_CHECKS, worstOfEach } from './checks/standbyChecks';
import { MemberFinding } from './findings';
import { Limits } from './Limits';
import { serverFacts } from './serverFacts';

/** Asks every standby, and keeps each one's counters apart. */
export class StandbyWatch {
  readonly #limits: Limits;
  readonly #checks = new Map<string, MemberChecks>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Nothing for a database without a standby; of several, the worst of each signal. */
  async signals(
    findings: readonly MemberFinding[],
    askOf: (member: string) => Ask,
  ): Promise<readonly Signal[]> {
    const ofStandbys = await Promise.all(
      findings.map(async finding => {
        const { name } = finding.member;
        const checks = this.#checksOf(name);
        if (finding.state?.in_recovery) {
          return checks.run(name, serverFacts(finding.state), askOf(name));
        }
        // A primary has counters of its own; away, it may come back as another.
        checks.forget();
        return finding.state || findings.length === 1
          ? []
          : checks.unknown(`${name}: ${finding.failure?.reason}`);
      }),
    );
    return worstOfEach(ofStandbys);
  }

  #checksOf(member: string): MemberChecks {
    const known = this.#checks.get(member);
    if (known) {
      return known;
    }
    const checks = new MemberChecks(STANDBY_CHECKS, this.#limits);
    this.#checks.set(member, checks);
    return checks;
  }
}
