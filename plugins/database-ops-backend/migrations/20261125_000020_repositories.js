// @ts-check

/**
 * A database may have several repositories. The first has no name in these
 * tables: what one with a single repository held before stays what it was.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  for (const [name, key] of /** @type {[string, string[]][]} */ ([
    ['backups', ['id']],
    ['inventories', []],
  ])) {
    await knex.schema.alterTable(name, table => {
      table
        .string('repository_id')
        .notNullable()
        .defaultTo('')
        .comment('Empty for the first repository of the database');
    });
    await knex.schema.alterTable(name, table => {
      table.dropPrimary();
    });
    await knex.schema.alterTable(name, table => {
      table.primary(['database_id', 'repository_id', ...key]);
    });
  }
  await knex.schema.alterTable('inventories', table => {
    table
      .text('unreachable')
      .comment('Why its repository does not answer; null while it does');
  });
  await knex.schema.alterTable('restored_instances', table => {
    table
      .string('repository_id')
      .comment('That it was restored from; null for the first of its database');
  });
  await knex.raw('drop index operations_one_active');
  // Each repository is read on its own; whatever changes one waits for others of its kind.
  await knex.raw(
    `create unique index operations_one_active on operations
       (database_id, kind, (case when kind = 'inventory' then coalesce(repository_id, '') else '' end))
     where state in ('awaiting-approval', 'queued', 'running')`,
  );
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  // Of each database one inventory may be active again.
  await knex('operations')
    .where({ kind: 'inventory' })
    .whereIn('state', ['awaiting-approval', 'queued', 'running'])
    .whereExists(
      knex
        .from('operations as other')
        .select(knex.raw('1'))
        .whereRaw('other.database_id = operations.database_id')
        .whereRaw('other.kind = operations.kind')
        .whereRaw('other.id < operations.id')
        .whereIn('other.state', ['awaiting-approval', 'queued', 'running']),
    )
    .update({ state: 'interrupted' });
  await knex.raw('drop index operations_one_active');
  await knex.raw(
    `create unique index operations_one_active on operations (database_id, kind)
     where state in ('awaiting-approval', 'queued', 'running')`,
  );
  await knex.schema.alterTable('restored_instances', table => {
    table.dropColumn('repository_id');
  });
  await knex.schema.alterTable('inventories', table => {
    table.dropColumn('unreachable');
  });
  for (const [name, key] of /** @type {[string, string[]][]} */ ([
    ['inventories', []],
    ['backups', ['id']],
  ])) {
    await knex(name).whereNot({ repository_id: '' }).delete();
    await knex.schema.alterTable(name, table => {
      table.dropPrimary();
    });
    await knex.schema.alterTable(name, table => {
      table.primary(['database_id', ...key]);
    });
    await knex.schema.alterTable(name, table => {
      table.dropColumn('repository_id');
    });
  }
};
