import { thresholdSignal } from 'backstage-plugin-database-ops-node';
import { formatSeconds } from '../format';
import { MemberCheck } from './types';

interface PreparedRow {
  readonly found: number;
  readonly database: string | null;
  readonly seconds: number | null;
}

/** They outlive every session and hold vacuum back until somebody ends them; their names may hold anything. */
export const preparedTransactions: MemberCheck<PreparedRow> = {
  id: 'prepared-transactions',
  sql: () => `
SELECT count(*)::int AS found,
       (array_agg(database ORDER BY prepared))[1] AS database,
       extract(epoch FROM clock_timestamp() - min(prepared))::float8 AS seconds
FROM pg_prepared_xacts`,
  judge: ([{ found, database, seconds }], { member, limits }) =>
    thresholdSignal(
      {
        ...limits.facts('prepared-transactions'),
        member,
        value: Math.max(0, Math.round(seconds ?? 0)),
        sentence:
          found === 0
            ? `No transaction of ${member} is prepared and not ended.`
            : `${found} prepared ${found === 1 ? 'transaction waits' : 'transactions wait'} on ${member} to be committed or rolled back, the oldest (database ${database}) for ${formatSeconds(seconds ?? 0)}.`,
      },
      limits.bounds('prepared-transactions'),
    ),
};
