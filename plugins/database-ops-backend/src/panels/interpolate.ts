// Replaces a dashboard's variables as Grafana would, for the few that panels
// of one database need. Values never come from a browser unescaped: a database
// id is escaped for where it stands, all others are numbers that we made.

/** What a panel's expressions are evaluated for. */
export interface PanelVariables {
  readonly databaseId: string;
  readonly stepSeconds: number;
  readonly rangeSeconds: number;
  readonly scrapeIntervalSeconds: number;
}

const VARIABLE = /\$(?:\{(\w+)(?::(\w+))?\}|(\w+))/g;

/** What stands before a position inside the string of a label matcher by regular expression. */
const IN_REGEX_MATCHER = /[=!]~\s*"(?:[^"\\]|\\.)*$/;

/** @returns the expression without variables; unknown ones stay, for Prometheus to refuse. */
export function interpolate(
  expression: string,
  variables: PanelVariables,
): string {
  return expression.replace(
    VARIABLE,
    (
      match: string,
      braced: string | undefined,
      format: string | undefined,
      bare: string | undefined,
      offset: number,
    ) => {
      const name = braced ?? bare;
      if (name === 'database') {
        const inRegex =
          format === 'regex' ||
          IN_REGEX_MATCHER.test(expression.slice(0, offset));
        return escapeForString(
          inRegex ? escapeForRegex(variables.databaseId) : variables.databaseId,
        );
      }
      return durationOf(name, variables) ?? match;
    },
  );
}

function durationOf(
  name: string | undefined,
  variables: PanelVariables,
): string | undefined {
  const { stepSeconds, rangeSeconds, scrapeIntervalSeconds } = variables;
  switch (name) {
    case '__interval':
      return `${stepSeconds}s`;
    case '__rate_interval':
      // Four scrapes survive a lost one: Grafana's own rule.
      return `${Math.max(stepSeconds + scrapeIntervalSeconds, 4 * scrapeIntervalSeconds)}s`;
    case '__range':
      return `${rangeSeconds}s`;
    case '__range_s':
      return String(rangeSeconds);
    default:
      return undefined;
  }
}

/** PromQL's regular expressions are RE2's. */
function escapeForRegex(value: string): string {
  return value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** A double-quoted PromQL string. */
function escapeForString(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n');
}
