import { ServerFacts } from './checks/types';
import { MemberState } from './findings';

/** @param columns - of an extension's catalog, as `schema.relation.column` */
export function serverFacts(
  { server_version: version }: MemberState,
  columns: ReadonlySet<string> = new Set(),
): ServerFacts {
  return {
    versionNumber: parseInt(version, 10) * 10_000,
    has: column => columns.has(column),
  };
}
