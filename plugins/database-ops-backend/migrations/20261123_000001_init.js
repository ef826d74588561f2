// @ts-check

/**
 * Times are ISO 8601 UTC text of constant width, which sorts in time order on
 * every database; JSON is text, for the plugin only reads it back whole.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('operations', table => {
    table.comment('Units of work and where they stand');
    table.string('id', 36).primary();
    table.string('database_id').notNullable();
    table.string('kind', 16).notNullable();
    table.string('state', 24).notNullable();
    table.text('parameters').notNullable();
    table.string('requested_by').notNullable();
    table.string('requested_at', 24).notNullable();
    table.string('started_at', 24);
    table.string('ended_at', 24);
    table.text('reason');
    table.text('progress');
    table.text('result');
    table.text('failure');
    table.string('cancel_requested_by');
    table.string('idempotency_key', 255).notNullable();
    table.string('executor', 64);
    table.string('executor_host');
    table.text('executor_reference');
    table
      .string('placement_host')
      .comment('Only this host may run it; null for any');
    table.integer('attempt').notNullable().defaultTo(0);
    table.integer('version').notNullable().defaultTo(1);
    table
      .string('lease_owner')
      .comment('The portal process that follows the worker');
    table.string('lease_expires_at', 24);
    table.integer('last_event_seq').notNullable().defaultTo(0);
    table.integer('last_worker_seq').notNullable().defaultTo(0);
    table.unique(['requested_by', 'idempotency_key'], {
      indexName: 'operations_idempotency',
    });
    table.index(['requested_at', 'id'], 'operations_newest');
    table.index(['database_id', 'requested_at'], 'operations_database_newest');
    table.index(['state'], 'operations_state');
  });
  await knex.raw(
    `create unique index operations_one_active on operations (database_id, kind)
     where state in ('awaiting-approval', 'queued', 'running')`,
  );

  await knex.schema.createTable('operation_events', table => {
    table.comment('What happened in an operation, in order');
    table
      .string('operation_id', 36)
      .notNullable()
      .references('id')
      .inTable('operations')
      .onDelete('CASCADE');
    table.integer('seq').notNullable();
    table.string('at', 24).notNullable();
    table.string('type', 16).notNullable();
    table.string('level', 8);
    table.text('message');
    table.text('progress');
    table.text('data');
    table.primary(['operation_id', 'seq']);
  });

  await knex.schema.createTable('restored_instances', table => {
    table.comment('What restores made; the id is that of the restore');
    table.string('id', 36).primary();
    table.string('database_id').notNullable();
    table.string('operation_id', 36).notNullable();
    table.string('backup_id');
    table.text('moment');
    table.string('state', 16).notNullable();
    table.string('executor', 64);
    table.string('host').notNullable();
    table.text('directory').notNullable();
    table.double('size_bytes');
    table.string('created_at', 24).notNullable();
    table.string('expires_at', 24).notNullable();
    table.string('discarded_at', 24);
    table.text('connection').notNullable();
    table.text('facts').notNullable();
    table.index(['database_id', 'created_at'], 'restored_instances_newest');
    table.index(['state', 'expires_at'], 'restored_instances_expiry');
  });

  await knex.schema.createTable('backups', table => {
    table.comment(
      'Cache of what repositories hold; reconciliation rebuilds it',
    );
    table.string('database_id').notNullable();
    table.string('id').notNullable();
    table.string('type', 32).notNullable();
    table.string('started_at', 32).notNullable();
    table.string('stopped_at', 32).notNullable();
    table.string('state', 16).notNullable();
    table.text('data').notNullable();
    table.primary(['database_id', 'id']);
    table.index(['database_id', 'stopped_at'], 'backups_newest');
  });

  await knex.schema.createTable('inventories', table => {
    table.comment('The last inventory read of each database');
    table.string('database_id').primary();
    table.string('observed_at', 32).notNullable();
    table.string('read_at', 24).notNullable();
    table.text('data').notNullable();
  });

  await knex.schema.createTable('schedule_due', table => {
    table.comment(
      'When each schedule is due next; changed by compare-and-set only',
    );
    table.string('database_id').notNullable();
    table.string('name').notNullable();
    table
      .string('cron_key')
      .notNullable()
      .comment('Cron and time zone that next_due_at was made from');
    table.string('next_due_at', 24).comment('Null while suspended');
    table.string('last_due_at', 24);
    table.string('last_operation_id', 36);
    table.primary(['database_id', 'name']);
  });

  await knex.schema.createTable('audit_events', table => {
    table.comment('Append-only, chained by hash');
    table.integer('seq').primary();
    table.string('at', 24).notNullable();
    table.string('actor').notNullable();
    table.string('action', 64).notNullable();
    table.string('database_id');
    table.string('operation_id', 36);
    table.string('outcome', 16).notNullable();
    table.text('sentence').notNullable();
    table.text('details').notNullable();
    table.string('previous_hash', 64).notNullable();
    table.string('hash', 64).notNullable();
    table.index(['database_id', 'seq'], 'audit_events_database');
  });
  await knex.schema.createTable('audit_head', table => {
    table.comment('One row: the newest event, locked by whoever appends');
    table.integer('id').primary();
    table.integer('seq').notNullable();
    table.string('hash', 64).notNullable();
  });
  await knex('audit_head').insert({ id: 1, seq: 0, hash: '' });

  if (knex.client.config.client === 'pg') {
    await knex.raw(
      `create function audit_events_append_only() returns trigger language plpgsql as
       $$ begin raise exception 'audit_events is append-only'; end $$`,
    );
    await knex.raw(
      `create trigger audit_events_append_only before update or delete on audit_events
       for each row execute function audit_events_append_only()`,
    );
  } else {
    for (const verb of ['update', 'delete']) {
      await knex.raw(
        `create trigger audit_events_no_${verb} before ${verb} on audit_events
         begin select raise(abort, 'audit_events is append-only'); end`,
      );
    }
  }
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.schema.dropTable('audit_head');
  await knex.schema.dropTable('audit_events');
  if (knex.client.config.client === 'pg') {
    await knex.raw('drop function audit_events_append_only()');
  }
  await knex.schema.dropTable('schedule_due');
  await knex.schema.dropTable('inventories');
  await knex.schema.dropTable('backups');
  await knex.schema.dropTable('restored_instances');
  await knex.schema.dropTable('operation_events');
  await knex.schema.dropTable('operations');
};
