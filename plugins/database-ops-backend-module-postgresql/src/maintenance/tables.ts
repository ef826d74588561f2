import { JsonObject } from '@backstage/types';
import { describeSeconds } from 'backstage-plugin-database-ops-common';
import { Candidate, MaintainedServer, MaintenanceActionKind } from './types';

/** Below this many rows statistics and dead rows cost nothing. */
const FEW_ROWS = 1_000;
/** Autovacuum's own default scale factor: beyond it autovacuum is late. */
const DEAD_SHARE = 0.2;
/** Autovacuum's own default for statistics. */
const CHANGED_SHARE = 0.1;
/** Of autovacuum_freeze_max_age; then autovacuum will scan the table whatever else runs. */
const OLD_SHARE = 0.75;

/**
 * Sizes by the pages that the last vacuum or analyze counted: the exact
 * functions would wait for a lock on each table.
 */
const TABLES = (mine: string) => `
SELECT format('%I.%I', s.schemaname, s.relname) AS object,
       quote_ident(pg_get_userbyid(c.relowner)) AS owner, ${mine} AS mine,
       (c.relpages::bigint + coalesce(t.relpages, 0) + coalesce((
          SELECT sum(i.relpages) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
          WHERE x.indrelid = c.oid), 0))::float8 * current_setting('block_size')::int AS size_bytes,
       s.n_live_tup::float8 AS live, s.n_dead_tup::float8 AS dead,
       s.n_mod_since_analyze::float8 AS changed,
       extract(epoch FROM now() - greatest(s.last_vacuum, s.last_autovacuum))::float8 AS vacuumed_seconds,
       extract(epoch FROM now() - greatest(s.last_analyze, s.last_autoanalyze))::float8 AS analyzed_seconds,
       age(c.relfrozenxid)::float8 AS age,
       current_setting('autovacuum_freeze_max_age')::float8 AS oldest
FROM pg_stat_user_tables s
JOIN pg_class c ON c.oid = s.relid AND c.relkind IN ('r', 'm')
LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
WHERE c.relpersistence <> 't'`;

const FACTS = `
SELECT n_dead_tup::float8 AS "deadRows", n_mod_since_analyze::float8 AS "changedRows",
       pg_total_relation_size(relid)::float8 AS "sizeBytes"
FROM pg_stat_user_tables WHERE format('%I.%I', schemaname, relname) = $1`;

interface TableRow {
  readonly object: string;
  readonly owner: string;
  readonly mine: boolean;
  readonly size_bytes: number;
  readonly live: number;
  readonly dead: number;
  readonly changed: number;
  readonly vacuumed_seconds: number | null;
  readonly analyzed_seconds: number | null;
  readonly age: number;
  readonly oldest: number;
}

/** Since version 17 MAINTAIN is a right of its own. */
export function mayMaintain(versionNumber: number, table: string): string {
  return versionNumber >= 170_000
    ? `(pg_has_role(${table}.relowner, 'USAGE') OR has_table_privilege(${table}.oid, 'MAINTAIN'))`
    : `pg_has_role(${table}.relowner, 'USAGE')`;
}

/** What to grant, in the words of the server's version. */
export function missingRight(
  { role, versionNumber }: MaintainedServer,
  row: {
    readonly mine: boolean;
    readonly owner: string;
    readonly object: string;
  },
): { readonly missingRight?: string } {
  return row.mine
    ? {}
    : {
        missingRight: `Role '${role}' may not maintain ${row.object}: GRANT ${row.owner} TO ${role}${versionNumber >= 170_000 ? `, or GRANT pg_maintain TO ${role}` : ''}.`,
      };
}

async function tables(
  server: MaintainedServer,
  candidateOf: (row: TableRow) => Omit<Candidate, 'object' | 'sizeBytes'>,
): Promise<readonly Candidate[]> {
  const { rows } = await server.client.query<TableRow>(
    TABLES(mayMaintain(server.versionNumber, 'c')),
  );
  return rows.map(row => ({
    object: row.object,
    sizeBytes: row.size_bytes,
    ...candidateOf(row),
    ...missingRight(server, row),
  }));
}

async function measure(
  { client }: MaintainedServer,
  object: string,
): Promise<JsonObject> {
  const { rows } = await client.query<JsonObject>(FACTS, [object]);
  return rows.at(0) ?? {};
}

function ago(seconds: number | null, verb: string): string {
  return seconds === null
    ? `never ${verb}`
    : `${verb} ${describeSeconds(Math.round(seconds))} ago`;
}

function percent(part: number, whole: number): string {
  return whole > 0 ? `${Math.round((100 * part) / whole)} %` : '0 %';
}

export const vacuum: MaintenanceActionKind = {
  id: 'vacuum',
  title: 'Vacuum and analyze',
  description:
    'Frees the room of dead rows for new ones and renews statistics. Reading and writing go on.',
  hinderedByOldTransactions: true,
  measure,
  candidates: server =>
    tables(server, row => {
      const many = row.dead > FEW_ROWS && row.dead > DEAD_SHARE * row.live;
      const old = row.age > OLD_SHARE * row.oldest;
      return {
        suggested: many || old,
        reason: `${row.dead} dead rows, ${percent(row.dead, row.live + row.dead)} of all; ${ago(row.vacuumed_seconds, 'vacuumed')}${old ? `; its oldest row is ${row.age} transactions old, of ${row.oldest} after which the server vacuums it by itself` : ''}.`,
        command: `VACUUM (ANALYZE) ${row.object}`,
      };
    }),
};

export const analyze: MaintenanceActionKind = {
  id: 'analyze',
  title: 'Analyze',
  description:
    'Renews the statistics that plans are made from. Reading and writing go on.',
  hinderedByOldTransactions: false,
  measure,
  candidates: server =>
    tables(server, row => ({
      suggested:
        row.changed > FEW_ROWS &&
        (row.analyzed_seconds === null ||
          row.changed > CHANGED_SHARE * row.live),
      reason: `${row.changed} rows changed since, of ${row.live}; ${ago(row.analyzed_seconds, 'analyzed')}.`,
      command: `ANALYZE ${row.object}`,
    })),
};
