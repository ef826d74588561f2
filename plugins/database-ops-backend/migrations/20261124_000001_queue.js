// @ts-check

/**
 * Times that only this plugin compares are epoch milliseconds.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.alterTable('operations', table => {
    table
      .integer('priority')
      .notNullable()
      .defaultTo(3)
      .comment('0 is claimed before 1; restores, backups, proofs, the rest');
    table.bigInteger('not_before_ms').comment('Waits in the queue until then');
    table
      .string('request_hash', 64)
      .comment(
        'Of the request as it came in, by which a repeated one is known',
      );
    table.string('repository_id').comment('Whose places it takes');
    table.string('policy_name');
    table.string('schedule_name');
    table.string('retry_of', 36).comment('The operation it does again');
    table
      .integer('retry_number')
      .notNullable()
      .defaultTo(0)
      .comment('How many automatic retries led to it');
    table
      .bigInteger('retry_at_ms')
      .comment('When an automatic retry of this failed one is due');
    table
      .bigInteger('progressed_at_ms')
      .comment('When its worker last said anything');
    table.bigInteger('stuck_at_ms').comment('When it was told to be stuck');
    table.index(['retry_of'], 'operations_retry_of');
  });
  for (const [kinds, priority] of /** @type {[string[], number][]} */ ([
    [['restore', 'advance', 'promote', 'discard'], 0],
    [['backup'], 1],
    [['verify'], 2],
  ])) {
    await knex('operations').whereIn('kind', kinds).update({ priority });
  }
  await knex.raw(
    `create index operations_retry_due on operations (retry_at_ms)
     where retry_at_ms is not null`,
  );
  await knex.raw(
    `create index operations_remains on operations (executor_host)
     where executor_reference is not null`,
  );

  await knex.schema.createTable('queue_turns', table => {
    table.comment('When an operation of each database was last claimed');
    table.string('database_id').primary();
    table.bigInteger('claimed_at_ms').notNullable();
  });
  await knex.schema.createTable('queue_lock', table => {
    table.comment('One row: locked by whoever claims, so that limits hold');
    table.integer('id').primary();
  });
  await knex('queue_lock').insert({ id: 1 });

  await knex.schema.createTable('maintenance_modes', table => {
    table.comment('Scopes of which nothing is claimed for now');
    table.string('scope').primary().comment('A database id, or global');
    table.text('reason').notNullable();
    table.string('started_by').notNullable();
    table.string('started_at', 24).notNullable();
    table.string('until', 24).notNullable().comment('Ends by itself then');
  });

  await knex.schema.createTable('announced', table => {
    table.comment('What people were told that is told once');
    table.string('once_key', 512).primary();
    table.bigInteger('announced_at_ms').notNullable();
    table.index(['announced_at_ms'], 'announced_age');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('announced');
  await knex.schema.dropTable('maintenance_modes');
  await knex.schema.dropTable('queue_lock');
  await knex.schema.dropTable('queue_turns');
  await knex.raw('drop index operations_remains');
  await knex.raw('drop index operations_retry_due');
  await knex.schema.alterTable('operations', table => {
    table.dropIndex(['retry_of'], 'operations_retry_of');
  });
  await knex.schema.alterTable('operations', table => {
    table.dropColumns(
      'priority',
      'request_hash',
      'not_before_ms',
      'repository_id',
      'policy_name',
      'schedule_name',
      'retry_of',
      'retry_number',
      'retry_at_ms',
      'progressed_at_ms',
      'stuck_at_ms',
    );
  });
};
