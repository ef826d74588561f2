// Times are epoch milliseconds: they are compared and added up.

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.createTable('objective_states', table => {
    table.comment('What is known of each objective of a database now');
    table.string('database_id').primary();
    table.bigInteger('observed_at_ms').notNullable();
    table.text('data').notNullable();
  });
  await knex.schema.createTable('objective_intervals', table => {
    table.comment(
      'How long each objective was in which state; what no interval covers is unknown',
    );
    table.string('database_id').notNullable();
    table.string('objective', 8).notNullable();
    table.bigInteger('from_ms').notNullable();
    table
      .bigInteger('to_ms')
      .notNullable()
      .comment('The last observation of that state');
    table.string('state', 16).notNullable();
    table.primary(['database_id', 'objective', 'from_ms']);
    table.index(['to_ms'], 'objective_intervals_end');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('objective_intervals');
  await knex.schema.dropTable('objective_states');
};
