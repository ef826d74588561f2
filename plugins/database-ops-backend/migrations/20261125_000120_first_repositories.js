// @ts-check

/**
 * Which repository of a database is its first, so that what is known of it
 * stays its own when another one becomes the first. Of which repository a
 * proof is becomes a column, by which it is renamed and found.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('first_repositories', table => {
    table.comment('What an empty repository_id stands for');
    table.string('database_id').primary();
    table.string('repository_id').notNullable();
  });
  await knex.schema.alterTable('proofs', table => {
    table
      .string('repository_id')
      .notNullable()
      .defaultTo('')
      .comment('Empty for the first repository of the database');
  });
  for (const { id, data } of await knex('proofs').select('id', 'data')) {
    const { repositoryId } = JSON.parse(data);
    if (repositoryId) {
      await knex('proofs')
        .where({ id })
        .update({ repository_id: repositoryId });
    }
  }
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  for (const row of await knex('proofs').select(
    'id',
    'data',
    'repository_id',
  )) {
    const { repositoryId: _written, ...proof } = JSON.parse(row.data);
    await knex('proofs')
      .where({ id: row.id })
      .update({
        data: JSON.stringify(
          row.repository_id
            ? { ...proof, repositoryId: row.repository_id }
            : proof,
        ),
      });
  }
  await knex.schema.alterTable('proofs', table => {
    table.dropColumn('repository_id');
  });
  await knex.schema.dropTable('first_repositories');
};
