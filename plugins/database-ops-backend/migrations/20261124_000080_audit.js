// @ts-check

/** What a reader types is compared with these columns, word by word. */
const SEARCHED = `coalesce(actor, '') || ' ' || coalesce(action, '') || ' ' ||
  coalesce(database_id, '') || ' ' || coalesce(operation_id, '') || ' ' ||
  coalesce(sentence, '') || ' ' || coalesce(details, '')`;

/**
 * Single columns that people filter by, each with the order of the list and
 * with what tells which events the reader may see.
 */
const FILTERED = ['actor', 'action', 'outcome', 'operation_id'];

/**
 * The head learns where the chain begins once its oldest part was archived;
 * only that part may be deleted. Verification keeps where it stands.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  const postgres = knex.client.config.client === 'pg';
  await knex.schema.alterTable('audit_head', table => {
    table.integer('base_seq').notNullable().defaultTo(0);
    table.string('base_hash', 64).notNullable().defaultTo('');
  });
  await knex.schema.alterTable('audit_events', table => {
    for (const column of FILTERED) {
      table.index([column, 'seq', 'database_id'], `audit_events_${column}`);
    }
  });
  await knex.schema.createTable('audit_checks', table => {
    table.comment('One row: what verification of the audit chain last found');
    table.integer('id').primary();
    table.integer('position_seq').notNullable();
    table.string('position_hash', 64).notNullable();
    table.string('checked_at', 24);
    table.string('completed_at', 24);
    table.integer('anchored_seq');
    table.string('anchored_at', 24);
    table.integer('first_bad_seq');
    table.text('reason');
    table.text('anchor_problem');
  });
  await knex('audit_checks').insert({
    id: 1,
    position_seq: 0,
    position_hash: '',
  });

  if (postgres) {
    // A word counts whole and in its parts, so that 'user:default/ada', 'ada'
    // and 'default' all find it without a search for beginnings, which costs
    // the more the more common the beginning is. The cuts keep within what a
    // tsvector can hold.
    await knex.raw(
      `create function audit_events_words(searched text) returns text[]
       language sql immutable parallel safe as $$
         select coalesce(array_agg(distinct left(word, 255)), '{}')
         from (values
           ('[\\s"''{}()<>,;!\\x3f=|\\\\]+|\\[|\\]'),
           ('[\\s"''{}()<>,;!\\x3f=|:\\\\]+|\\[|\\]'),
           ('[\\s"''{}()<>,;!\\x3f=|:/\\\\]+|\\[|\\]'),
           ('[\\x01-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7f]+')
         ) as divider (pattern),
         regexp_split_to_table(lower(searched), pattern) as word
         where word <> ''
       $$`,
    );
    await knex.raw(
      `alter table audit_events add column search tsvector generated always as (
         array_to_tsvector(audit_events_words(left(${SEARCHED}, 100000)))
       ) stored`,
    );
    await knex.raw(
      `create index audit_events_search on audit_events using gin (search)`,
    );
    await knex.raw(
      `create or replace function audit_events_append_only() returns trigger language plpgsql as
       $$ begin
         if tg_op = 'DELETE' then
           if old.seq <= (select base_seq from audit_head where id = 1) then
             return old;
           end if;
         end if;
         raise exception 'audit_events is append-only';
       end $$`,
    );
    await knex.raw(
      `create trigger audit_events_no_truncate before truncate on audit_events
       for each statement execute function audit_events_append_only()`,
    );
  } else {
    await knex.raw('drop trigger audit_events_no_delete');
    await knex.raw(
      `create trigger audit_events_no_delete before delete on audit_events
       when old.seq > (select base_seq from audit_head where id = 1)
       begin select raise(abort, 'audit_events is append-only'); end`,
    );
  }
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  const postgres = knex.client.config.client === 'pg';
  if (postgres) {
    await knex.raw('drop trigger audit_events_no_truncate on audit_events');
    await knex.raw(
      `create or replace function audit_events_append_only() returns trigger language plpgsql as
       $$ begin raise exception 'audit_events is append-only'; end $$`,
    );
    await knex.raw('drop index audit_events_search');
    await knex.raw('alter table audit_events drop column search');
    await knex.raw('drop function audit_events_words(text)');
  } else {
    await knex.raw('drop trigger audit_events_no_delete');
    await knex.raw(
      `create trigger audit_events_no_delete before delete on audit_events
       begin select raise(abort, 'audit_events is append-only'); end`,
    );
  }
  await knex.schema.dropTable('audit_checks');
  await knex.schema.alterTable('audit_events', table => {
    for (const column of FILTERED) {
      table.dropIndex([column, 'seq', 'database_id'], `audit_events_${column}`);
    }
  });
  await knex.schema.alterTable('audit_head', table => {
    table.dropColumn('base_seq');
    table.dropColumn('base_hash');
  });
};
