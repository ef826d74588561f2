// Times are text in ISO 8601 UTC where people read them and epoch milliseconds
// where they are compared, so that SQLite and PostgreSQL agree on both.

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.createTable('health_reports', table => {
    table.comment('The last health report of each database');
    table.string('database_id').primary();
    table.string('status', 16).notNullable();
    table.text('sentence').notNullable();
    table.string('since', 32).notNullable();
    table.string('observed_at', 32).notNullable();
    table.integer('interval_seconds').notNullable();
    table.text('signals').notNullable();
    table.text('engine_version');
  });
  await knex.schema.createTable('health_checks', table => {
    table.comment('When each database is due, and which replica checks it now');
    table.string('database_id').primary();
    table.bigInteger('due_at_ms').notNullable();
    table.string('owner');
    table.bigInteger('leased_until_ms');
  });
  await knex.schema.createTable('heartbeats', table => {
    table.comment('When each background loop last ran, on any replica');
    table.string('component').primary();
    table.bigInteger('beat_at_ms').notNullable();
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('heartbeats');
  await knex.schema.dropTable('health_checks');
  await knex.schema.dropTable('health_reports');
};
