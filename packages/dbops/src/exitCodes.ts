import { HealthStatus } from 'backstage-plugin-database-ops-common';

/** What scripts read; `dbops --help` lists them. */
export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  degraded: 3,
  down: 4,
  unknown: 5,
  operationFailed: 6,
  unreachable: 7,
  denied: 8,
  drift: 9,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODES_HELP = `
Exit codes:
  0  done; every database asked about is healthy
  1  an error; the message says which
  2  wrong use of the command line
  3  a database is degraded
  4  a database is down
  5  the health of a database is unknown
  6  the operation did not succeed
  7  the portal could not be reached
  8  not signed in, or not allowed
  9  a bucket or a host is not set up as it has to be`;

const BY_STATUS: Record<HealthStatus, ExitCode> = {
  healthy: EXIT.ok,
  degraded: EXIT.degraded,
  down: EXIT.down,
  unknown: EXIT.unknown,
};

/** Unknown ranks above degraded: what cannot be seen may be down. */
const WORST_FIRST: readonly HealthStatus[] = ['down', 'unknown', 'degraded'];

export function exitCodeOf(statuses: readonly HealthStatus[]): ExitCode {
  const worst = WORST_FIRST.find(status => statuses.includes(status));
  return worst ? BY_STATUS[worst] : EXIT.ok;
}
