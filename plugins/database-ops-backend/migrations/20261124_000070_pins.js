// @ts-check

/**
 * Backups kept by hand. The repository holds the same in `pins.json` beside
 * the backups, from which a lost table is filled again.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('pins', table => {
    table.comment('Backups that people keep beyond what retention says');
    table.string('id', 36).primary();
    table.string('database_id').notNullable();
    table.string('backup_id').notNullable();
    table.text('reason').notNullable();
    table.boolean('legal_hold').notNullable();
    table.string('until', 24);
    table.string('created_by').notNullable();
    table.string('created_at', 24).notNullable();
    table.string('ended_by');
    table.string('ended_at', 24);
    table.index(['database_id', 'created_at'], 'pins_database_newest');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('pins');
};
