// @ts-check

/**
 * What an event is found by beside its words: which stretch of the history it
 * is in (of 4,096, 65,536 and 1,048,576 events), its actor, action and
 * outcome, and each of its words together with its database. A search then
 * reads the newest stretches first, and of them only events that the reader
 * may see. Parts of ids are no such words: they are rare in every database.
 */
const TAGS = `
create function audit_events_tags(
  seq integer, database_id text, actor text, action text, outcome text, search tsvector
) returns integer[] language sql immutable parallel safe as $$
  select array_agg(hashtext(tag)) from (
    select unnest(array[
      'seq12:' || (seq >> 12), 'seq16:' || (seq >> 16), 'seq20:' || (seq >> 20),
      'actor:' || actor, 'action:' || action, 'outcome:' || outcome
    ])
    union all
    select 'word:' || database_id || ':' || word
    from unnest(tsvector_to_array(search)) as word
    where database_id is not null and word !~ '^[0-9a-f-]{4,}$'
  ) as tags (tag)
$$`;

/**
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  if (knex.client.config.client !== 'pg') {
    return;
  }
  await knex.raw(TAGS);
  await knex.raw('drop index audit_events_search');
  // Without the list of pending entries, which every search would read through.
  await knex.raw(
    `create index audit_events_search on audit_events using gin (
       search, audit_events_tags(seq, database_id, actor, action, outcome, search)
     ) with (fastupdate = off)`,
  );
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  if (knex.client.config.client !== 'pg') {
    return;
  }
  await knex.raw('drop index audit_events_search');
  await knex.raw(
    'create index audit_events_search on audit_events using gin (search)',
  );
  await knex.raw(
    'drop function audit_events_tags(integer, text, text, text, text, tsvector)',
  );
};
