// @ts-check

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.alterTable('direct_records', table => {
    table
      .string('announced', 16)
      .comment('The state that people were told of; null: of none');
  });
  await knex('direct_records').update({ announced: knex.ref('state') });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.alterTable('direct_records', table => {
    table.dropColumn('announced');
  });
};
