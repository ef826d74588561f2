/** Tables of a database, biggest first, with what they inherit to (partitions, chunks); TimescaleDB's own are counted through their table. */
export const TABLES_BY_SIZE = `
WITH RECURSIVE tree AS (
  SELECT c.oid AS root, c.oid AS part
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname NOT LIKE '\\_timescaledb\\_%' AND n.nspname NOT LIKE 'pg\\_%'
    AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
  UNION ALL
  SELECT tree.root, i.inhrelid FROM tree JOIN pg_inherits i ON i.inhparent = tree.part
)
SELECT n.nspname AS schema, c.relname AS name
FROM tree JOIN pg_class c ON c.oid = tree.root JOIN pg_namespace n ON n.oid = c.relnamespace
GROUP BY 1, 2
ORDER BY sum(pg_total_relation_size(tree.part)) DESC, 1, 2`;

/** SQLSTATE of a statement that took longer than allowed. */
export const QUERY_CANCELED = '57014';
