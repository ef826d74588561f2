import { toError } from '@backstage/errors';
import { Signal } from 'backstage-plugin-database-ops-common';
import { okSignal, unknownSignal } from 'backstage-plugin-database-ops-node';
import { CanaryConfig } from '../config';

/** Some 40 days at one row every 30 s. */
const KEPT_ROWS = 120_000;

const FACTS = { id: 'canary', title: 'Canary' };

/** One statement, so that rows come and go in one commit; two portals never write one number. */
const BEAT = `
WITH newest AS (SELECT coalesce(max(seq), 0) AS seq FROM database_ops.canary),
     aged AS (
       DELETE FROM database_ops.canary
       WHERE seq <= (SELECT seq FROM newest) - ${KEPT_ROWS})
INSERT INTO database_ops.canary (seq)
SELECT seq + 1 FROM newest
ON CONFLICT (seq) DO NOTHING`;

/** A heartbeat in the data itself, by which a restored copy shows how new it is. */
export class Canary {
  readonly #intervalMilliseconds: number;
  #writtenAt = -Infinity;

  constructor(config: CanaryConfig) {
    this.#intervalMilliseconds = config.intervalSeconds * 1000;
  }

  /** Writes a row when one is due. A canary that cannot be written is `unknown`, never an exception. */
  async beat(
    member: string,
    write: (sql: string) => Promise<unknown>,
  ): Promise<Signal> {
    const now = performance.now();
    try {
      if (now - this.#writtenAt >= this.#intervalMilliseconds) {
        await write(BEAT);
        this.#writtenAt = now;
      }
    } catch (error) {
      return unknownSignal({
        ...FACTS,
        member,
        sentence: `${member} took no canary: ${toError(error).message}; see docs/engines/postgresql.md for its table and rights.`,
      });
    }
    return okSignal({
      ...FACTS,
      member,
      sentence: `${member} takes a canary row every ${this.#intervalMilliseconds / 1000} s; proofs measure with it.`,
    });
  }
}

/** The same signal when no primary could be asked. */
export function unknownCanary(reason: string): Signal {
  return unknownSignal({
    ...FACTS,
    sentence: `No canary was written: ${reason}.`,
  });
}
