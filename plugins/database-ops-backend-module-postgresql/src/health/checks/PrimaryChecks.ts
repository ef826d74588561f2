import { Signal } from 'backstage-plugin-database-ops-common';
import { unknownSignal } from 'backstage-plugin-database-ops-node';
import { Answer } from '../findings';
import {
  multixactAge,
  pageChecksums,
  pendingRestart,
  transactionIdAge,
} from './ageChecks';
import { idleInTransaction, lockWaits } from './lockChecks';
import { cacheHit, checkpoints, deadlocks, temporaryFiles } from './rateChecks';
import { autovacuum, deadRows } from './tableChecks';
import { PrimaryCheck } from './types';

/** Each knows its own rows only. */
const CHECKS: readonly PrimaryCheck<never>[] = [
  lockWaits,
  idleInTransaction,
  transactionIdAge,
  multixactAge,
  pageChecksums,
  pendingRestart,
  autovacuum,
  deadRows,
  cacheHit,
  deadlocks,
  temporaryFiles,
  checkpoints,
];

/** Asks the primary one question after the other; counters are compared with the answer before. */
export class PrimaryChecks {
  readonly #earlier = new Map<
    string,
    { readonly rows: readonly never[]; readonly at: number }
  >();
  #member: string | undefined;

  async run(
    primary: { readonly member: string; readonly versionNumber: number },
    ask: (sql: string) => Promise<Answer<readonly object[]>>,
  ): Promise<readonly Signal[]> {
    const { member, versionNumber } = primary;
    if (this.#member !== member) {
      // Counters of another server are no base to compare with.
      this.#earlier.clear();
      this.#member = member;
    }
    const signals: Signal[] = [];
    for (const check of CHECKS) {
      const answer = await ask(check.sql(versionNumber));
      const signal = answer.ok
        ? this.#judge(check, member, answer.value as readonly never[])
        : unknown(check, `${member}: ${answer.reason}`);
      signals.push(...(signal ? [signal] : []));
    }
    return signals;
  }

  /** The same signals when nobody could be asked. */
  unknown(reason: string): readonly Signal[] {
    return CHECKS.filter(check => check !== pageChecksums).map(check =>
      unknown(check, reason),
    );
  }

  #judge(
    check: PrimaryCheck<never>,
    member: string,
    rows: readonly never[],
  ): Signal | undefined {
    const before = this.#earlier.get(check.id);
    const at = performance.now();
    this.#earlier.set(check.id, { rows, at });
    return check.judge(rows, {
      member,
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
}

function unknown({ id, title }: PrimaryCheck<never>, reason: string): Signal {
  return unknownSignal({
    id,
    title,
    sentence: `${title} could not be checked: ${reason}.`,
  });
}
