import { Signal } from 'backstage-plugin-database-ops-common';
import { SignalId } from '../definitions';
import { Limits } from '../Limits';

/** An earlier answer to the same query, by the same member. */
export interface EarlierAnswer<TRow> {
  readonly rows: readonly TRow[];
  readonly ageSeconds: number;
}

/** What rows are judged with. */
export interface CheckFacts<TRow> {
  readonly member: string;
  readonly limits: Limits;
  /** Absent at the first check, and after the member changed its role. */
  readonly earlier?: EarlierAnswer<TRow>;
  /** The oldest answer of the last hour since the counter last began anew; only where a check names one. */
  readonly base?: EarlierAnswer<TRow>;
}

/** What a query may have to know of the server that it is put to. */
export interface ServerFacts {
  /** For example 150000. */
  readonly versionNumber: number;
  /** Whether a relation of an extension's catalog has a column, as `schema.relation.column`; versions differ. */
  readonly has: (column: string) => boolean;
}

/** One query to a member, and the signal that its rows make. */
export interface MemberCheck<TRow extends object> {
  readonly id: SignalId;
  /**
   * Works with the rights of `pg_monitor` alone, locks no user table, and
   * fails neither on a primary nor on a standby. `undefined` where this
   * version does not keep what it would read.
   */
  readonly sql: (server: ServerFacts) => string | undefined;
  /** A counter that is judged over up to an hour: what happens between two checks is no rate. */
  readonly counter?: (rows: readonly TRow[]) => number;
  /** `undefined` where the database has nothing of the kind. */
  readonly judge: (
    rows: readonly TRow[],
    facts: CheckFacts<TRow>,
  ) => Signal | undefined;
}
