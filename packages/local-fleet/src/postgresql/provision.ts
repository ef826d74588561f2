import {
  canarySql,
  maintenanceRoleSql,
  monitoringRoleSql,
  queryBoxRoleSql,
} from 'backstage-plugin-database-ops-backend-module-postgresql/roles';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { FleetContext } from '../framework/types';
import { DATABASE, Role, ROLES, STANDBY_SLOT } from './names';
import { ServerPlace, withSuperuser } from './place';

/** The secret of a role. */
export function roleSecret(role: Role): string {
  return `pg-${role}`;
}

/** `events` is what an application writes; `canary` proves content after a restore: each digest follows from its row. */
const TABLES = `
CREATE SCHEMA IF NOT EXISTS app AUTHORIZATION dbops_load;
CREATE TABLE IF NOT EXISTS app.events (
  id bigint GENERATED ALWAYS AS IDENTITY,
  occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  sensor integer NOT NULL,
  value double precision NOT NULL,
  note text NOT NULL,
  PRIMARY KEY (id, occurred_at)
);
CREATE TABLE IF NOT EXISTS app.canary (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  token text NOT NULL,
  digest text NOT NULL GENERATED ALWAYS AS (md5(token)) STORED
);
`;

/** What the product renders for a superuser to run. */
const PRODUCT_ROLES = [
  ...monitoringRoleSql({
    role: 'dbops_monitor',
    database: DATABASE,
    login: true,
  }),
  ...canarySql('dbops_monitor'),
  ...maintenanceRoleSql({
    role: 'dbops_maintenance',
    database: DATABASE,
    login: true,
  }),
];

/** The same for the owner of the tables. */
const QUERY_BOX = queryBoxRoleSql({
  role: 'dbops_query',
  database: DATABASE,
  schemas: ['app'],
});

/** Each statement on its own: continuous aggregates refuse to be made in a transaction. */
const TIMESCALE = [
  `SELECT create_hypertable('app.events', 'occurred_at', chunk_time_interval => interval '1 hour', if_not_exists => true, migrate_data => true)`,
  `ALTER TABLE app.events SET (timescaledb.compress, timescaledb.compress_segmentby = 'sensor', timescaledb.compress_orderby = 'occurred_at DESC')`,
  `SELECT add_compression_policy('app.events', interval '2 hours', if_not_exists => true)`,
  `SELECT add_retention_policy('app.events', interval '30 days', if_not_exists => true)`,
  `CREATE MATERIALIZED VIEW IF NOT EXISTS app.events_hourly WITH (timescaledb.continuous) AS
   SELECT time_bucket('1 hour', occurred_at) AS bucket, sensor, avg(value) AS average, count(*) AS events
   FROM app.events GROUP BY 1, 2 WITH NO DATA`,
  `SELECT add_continuous_aggregate_policy('app.events_hourly', start_offset => interval '1 day', end_offset => interval '1 hour', schedule_interval => interval '10 minutes', if_not_exists => true)`,
];

/** Login roles and the standby's slot: what the standby needs before it can start. */
export async function provisionRoles(
  context: FleetContext,
  primary: ServerPlace,
): Promise<void> {
  await withSuperuser(primary, async client => {
    for (const [role, options] of Object.entries(ROLES)) {
      const known = await client.query(
        'SELECT 1 FROM pg_roles WHERE rolname = $1',
        [role],
      );
      if (known.rowCount === 0) {
        const password = await context.secret(roleSecret(role as Role));
        await client.query(
          `CREATE ROLE ${escapeIdentifier(role)} ${options} PASSWORD ${escapeLiteral(password)}`,
        );
      }
    }
    await client.query(
      `SELECT pg_create_physical_replication_slot($1, true)
       WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1)`,
      [STANDBY_SLOT],
    );
  });
}

/** The database, its extensions and its tables. */
export async function provisionDatabase(
  primary: ServerPlace,
  timescale: boolean,
): Promise<void> {
  await withSuperuser(primary, async client => {
    const known = await client.query(
      'SELECT 1 FROM pg_database WHERE datname = $1',
      [DATABASE],
    );
    if (known.rowCount === 0) {
      await client.query(`CREATE DATABASE ${DATABASE} OWNER dbops_load`);
    }
    await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  });
  await withSuperuser(
    primary,
    async client => {
      for (const extension of ['pg_stat_statements', 'amcheck']) {
        await client.query(`CREATE EXTENSION IF NOT EXISTS ${extension}`);
      }
      if (timescale) {
        await client.query('CREATE EXTENSION IF NOT EXISTS timescaledb');
      }
      for (const { sql } of PRODUCT_ROLES) {
        await client.query(sql);
      }
      await client.query('SET ROLE dbops_load');
      await client.query(TABLES);
      for (const { sql } of QUERY_BOX) {
        await client.query(sql);
      }
      if (timescale) {
        await provisionTimescale(client);
      }
    },
    DATABASE,
  );
}

async function provisionTimescale(client: Client): Promise<void> {
  const known = await client.query(
    `SELECT FROM timescaledb_information.hypertables WHERE hypertable_schema = 'app' AND hypertable_name = 'events'`,
  );
  // Changing the compression settings of a hypertable with compressed chunks is refused.
  const statements = known.rowCount === 0 ? TIMESCALE : TIMESCALE.slice(2);
  for (const statement of statements) {
    await client.query(statement);
  }
}
