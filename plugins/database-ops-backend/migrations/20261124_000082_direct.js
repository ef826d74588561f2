// @ts-check

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.createTable('direct_records', table => {
    table.comment('What was done without the portal and is in the history');
    table.string('operation_id').primary();
    table.string('database_id').notNullable();
    table.string('state', 16).notNullable();
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('direct_records');
};
