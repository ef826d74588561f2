/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.alterTable('backups', table => {
    table
      .bigInteger('missing_since_ms')
      .comment('When it was first found missing; null while it is there');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.alterTable('backups', table => {
    table.dropColumn('missing_since_ms');
  });
};
