import { joinSpans, RestorableSpan } from '../reachability/restorableSpan';
import { readJson } from '../database/json';
import { BackupSpan } from './types';

/** The newest present backup of one repository of a database. */
export interface SpanRow {
  readonly database_id: string;
  readonly repository_id: string;
  readonly id: string;
  readonly newest: string;
}

/** When a repository of a database was last read, and why it does not answer. */
export interface ReadRow {
  readonly database_id: string;
  readonly repository_id: string;
  readonly observed_at: string;
  readonly unreachable: string | null;
  /** A {@link RestorableSpan}; null where it was not found out. */
  readonly restorable: string | null;
}

/**
 * What a database can be judged by: its repositories together, less those that
 * do not answer while another does.
 */
export function newestOfEach(
  spans: readonly SpanRow[],
  reads: readonly ReadRow[],
): ReadonlyMap<string, BackupSpan> {
  const spansOf = byDatabase(spans);
  const readsOf = byDatabase(reads);
  return new Map(
    [...new Set([...spansOf.keys(), ...readsOf.keys()])].map(databaseId => {
      const own = readsOf.get(databaseId) ?? [];
      const silent = new Set(
        own
          .filter(({ unreachable }) => unreachable !== null)
          .map(({ repository_id }) => repository_id),
      );
      const answering = <T extends { readonly repository_id: string }>(
        rows: readonly T[],
      ): readonly T[] => {
        const heard = rows.filter(
          ({ repository_id }) => !silent.has(repository_id),
        );
        return heard.length > 0 ? heard : rows;
      };
      const known = answering(spansOf.get(databaseId) ?? []);
      const newest = known.reduce<SpanRow | undefined>(
        (best, each) => (best && best.newest >= each.newest ? best : each),
        undefined,
      );
      const read = answering(own);
      const observedAt = read
        .map(({ observed_at }) => observed_at)
        .sort()
        .at(-1);
      return [
        databaseId,
        {
          newest: newest && { id: newest.id, stoppedAt: newest.newest },
          inventory:
            observedAt === undefined
              ? undefined
              : {
                  observedAt,
                  restorable: joinSpans(
                    read.map(({ restorable }) =>
                      restorable === null
                        ? undefined
                        : readJson<RestorableSpan>(restorable),
                    ),
                  ),
                },
        },
      ];
    }),
  );
}

function byDatabase<T extends { readonly database_id: string }>(
  rows: readonly T[],
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.database_id);
    if (group) {
      group.push(row);
    } else {
      groups.set(row.database_id, [row]);
    }
  }
  return groups;
}
