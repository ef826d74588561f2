// @ts-check

/**
 * What verifications established. The id is that of the operation, so that a
 * result read twice is one proof.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('proofs', table => {
    table.comment('Cache of what verifications wrote to repositories');
    table.string('id', 36).primary();
    table.string('database_id').notNullable();
    table.string('depth', 32).notNullable();
    table.string('state', 16).notNullable();
    table.string('ended_at', 24).notNullable();
    table.string('backup_id');
    table.text('data').notNullable();
    table.index(['database_id', 'ended_at', 'id'], 'proofs_newest');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('proofs');
};
