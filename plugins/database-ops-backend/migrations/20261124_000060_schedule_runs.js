// @ts-check

/**
 * Every due run leaves one row: that each happened exactly once, or why it did
 * not, can be read here.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('schedule_runs', table => {
    table.comment('What was decided about each due run');
    table.string('database_id').notNullable();
    table.string('name').notNullable();
    table.string('due_at', 24).notNullable().comment('As the cron says');
    table
      .string('until_at', 24)
      .comment('Last due run of a row that stands for many');
    table
      .string('starts_at', 24)
      .notNullable()
      .comment('With jitter and blackouts');
    table.string('decided_at', 24).notNullable();
    table.string('outcome', 16).notNullable();
    table.text('reason');
    table.string('operation_id', 36);
    table.primary(['database_id', 'name', 'due_at']);
    table.index(['decided_at'], 'schedule_runs_age');
  });
  await knex.schema.alterTable('schedule_due', table => {
    table
      .string('waiting_for', 16)
      .comment('Why a due run is not decided yet: operation, maintenance …');
    table.string('waiting_operation_id', 36);
    table.text('waiting_reason');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.alterTable('schedule_due', table => {
    table.dropColumns('waiting_for', 'waiting_operation_id', 'waiting_reason');
  });
  await knex.schema.dropTable('schedule_runs');
};
