// What keeps maintenance from working, or makes it disturb others, right now.
import { describeSeconds } from 'backstage-plugin-database-ops-common';
import { Client } from 'pg';

/** A transaction that is younger is over before a vacuum comes to its rows. */
const OLD_SECONDS = 60;

const HOLDERS = `
SELECT format('a transaction of %I (%s)', usename, coalesce(nullif(application_name, ''), 'unnamed')) AS who,
       extract(epoch FROM now() - xact_start)::float8 AS seconds
FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
  AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
  AND now() - xact_start > make_interval(secs => $1)
UNION ALL
SELECT format('the prepared transaction %L', gid), extract(epoch FROM now() - prepared)::float8
FROM pg_prepared_xacts WHERE now() - prepared > make_interval(secs => $1)
ORDER BY seconds DESC LIMIT 5`;

/** A slot's xmin keeps rows as a transaction does, and no time-out ends it. */
const SLOTS = `
SELECT slot_name AS name, greatest(age(xmin), age(catalog_xmin))::float8 AS age
FROM pg_replication_slots
WHERE greatest(age(xmin), age(catalog_xmin)) > 1000000
ORDER BY age DESC LIMIT 5`;

/** Without feedback a standby's queries are cancelled when rows that they see are removed. */
const STANDBYS = `
SELECT coalesce(nullif(application_name, ''), 'unnamed') AS name
FROM pg_stat_replication
WHERE state = 'streaming' AND backend_xmin IS NULL
  AND NOT EXISTS (SELECT FROM pg_replication_slots s WHERE s.active_pid = pid AND s.xmin IS NOT NULL)
ORDER BY name LIMIT 5`;

/** One sentence each. */
export async function obstacles(client: Client): Promise<readonly string[]> {
  const holders = await client.query<{ who: string; seconds: number }>(
    HOLDERS,
    [OLD_SECONDS],
  );
  const slots = await client.query<{ name: string; age: number }>(SLOTS);
  const standbys = await client.query<{ name: string }>(STANDBYS);
  return [
    ...holders.rows.map(
      ({ who, seconds }) =>
        `Rows deleted since are kept for ${who}, open for ${describeSeconds(Math.round(seconds))}; a reindex waits for it.`,
    ),
    ...slots.rows.map(
      ({ name, age }) =>
        `Replication slot ${name} keeps rows of the last ${age} transactions.`,
    ),
    ...(standbys.rows.length > 0
      ? [
          `${standbys.rows.map(({ name }) => name).join(', ')} ${standbys.rows.length === 1 ? 'gives' : 'give'} no feedback: long queries there may be cancelled when dead rows go.`,
        ]
      : []),
  ];
}
