// @ts-check

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.createTable('approvals', table => {
    table.comment('Operations that need a second person, and what was decided');
    table
      .string('operation_id', 36)
      .primary()
      .references('id')
      .inTable('operations')
      .onDelete('CASCADE');
    table.string('database_id').notNullable();
    table.string('state', 16).notNullable();
    table
      .text('subject')
      .notNullable()
      .comment('Exactly what runs; its hash is what is approved');
    table.string('subject_hash', 64).notNullable();
    table.text('approvers').notNullable();
    table.text('emergency').notNullable();
    table.string('requested_by').notNullable();
    table.string('requested_at', 24).notNullable();
    table.string('expires_at', 24).notNullable();
    table.string('decided_by');
    table.string('decided_at', 24);
    table.text('decision_reason');
    table
      .text('decided_as')
      .comment('The approvers named by the policy that the decider was');
    table.string('reviewed_by');
    table.string('reviewed_at', 24);
    table.text('review_note');
    table.index(['state', 'expires_at'], 'approvals_state');
    table.index(['database_id', 'state'], 'approvals_database');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('approvals');
};
