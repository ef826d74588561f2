// @ts-check

/**
 * What each inventory lets a database be restored to, found out when it is
 * written: the overview of thousands of databases reads no inventories.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.alterTable('inventories', table => {
    table
      .text('restorable')
      .nullable()
      .comment('First and newest restorable moment; null: not found out');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.alterTable('inventories', table => {
    table.dropColumn('restorable');
  });
};
