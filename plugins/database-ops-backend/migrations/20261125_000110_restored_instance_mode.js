// @ts-check

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.alterTable('restored_instances', table => {
    table
      .string('mode')
      .comment(
        'in-place when it took the place of its source; null for a copy',
      );
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.alterTable('restored_instances', table => {
    table.dropColumn('mode');
  });
};
