import { Signal } from 'backstage-plugin-database-ops-common';

/** An earlier answer to the same query, by the same primary. */
export interface EarlierAnswer<TRow> {
  readonly rows: readonly TRow[];
  readonly ageSeconds: number;
}

/** What rows are judged with. */
export interface CheckFacts<TRow> {
  /** Name of the primary. */
  readonly member: string;
  /** Absent at the first check, and after another member became primary. */
  readonly earlier?: EarlierAnswer<TRow>;
}

/** One query to the primary, and the signal that its rows make. */
export interface PrimaryCheck<TRow extends object> {
  readonly id: string;
  readonly title: string;
  /** Works with the rights of `pg_monitor` alone. */
  readonly sql: (serverVersionNumber: number) => string;
  /** `undefined` where the database has nothing of the kind. */
  readonly judge: (
    rows: readonly TRow[],
    facts: CheckFacts<TRow>,
  ) => Signal | undefined;
}
