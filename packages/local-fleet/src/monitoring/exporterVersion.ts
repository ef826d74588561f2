import { NotFoundError } from '@backstage/errors';

/** The last version whose built-in metrics need the queries of this repository beside them. */
const LAST_WITH_QUERY_FILE = { major: 0, minor: 11 } as const;

/**
 * Whether an exporter of that version needs the query file.
 *
 * @throws NotFoundError when the output names no version: a guess would leave
 * panels empty without a word.
 */
export function needsQueryFile(versionOutput: string): boolean {
  const found = /version (\d+)\.(\d+)/.exec(versionOutput);
  if (!found) {
    throw new NotFoundError(
      `The PostgreSQL exporter's --version names no version: '${versionOutput.trim()}'. Install it from your distribution's packages.`,
    );
  }
  const [major, minor] = found.slice(1).map(Number);
  return (
    major === LAST_WITH_QUERY_FILE.major && minor <= LAST_WITH_QUERY_FILE.minor
  );
}
