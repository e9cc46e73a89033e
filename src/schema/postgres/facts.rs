//! What a live PostgreSQL table is like.

use crate::schema::sql::literal;
use crate::schema::table::Table;

/// A query for a table's [`Fact`](crate::schema::facts::Fact)s. The search path finds the table, as it does in queries.
pub(in crate::schema) fn query(table: &Table) -> String {
    FACTS.replace("{table}", &literal(&table.quoted()))
}

const FACTS: &str = "\
WITH the AS (SELECT to_regclass({table})::oid AS oid)
SELECT 'table' AS kind, '' AS name, c.relkind::text AS a, '' AS b, '' AS c, '' AS d
FROM pg_class c, the WHERE c.oid = the.oid
UNION ALL
SELECT 'column', a.attname::text,
    CASE WHEN t.typtype <> 'd' THEN format_type(a.atttypid, a.atttypmod)
        WHEN t.typbasetype = 'bytea'::regtype THEN t.typname::text
        ELSE t.typname || ' over ' || format_type(t.typbasetype, t.typtypmod) END,
    CASE WHEN a.attnotnull OR t.typnotnull THEN 'NOT NULL' ELSE 'NULL' END,
    coalesce((SELECT string_agg(k.conname, chr(31)) FROM pg_constraint k WHERE k.contypid = t.oid AND k.convalidated), ''),
    ''
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid, the
WHERE a.attrelid = the.oid AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'index', c.relname::text,
    (SELECT string_agg(coalesce(a.attname::text, ''), chr(31) ORDER BY k.place)
        FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
        LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number > 0
        WHERE k.place <= i.indnkeyatts),
    CASE WHEN i.indisunique THEN 'unique' ELSE 'not unique' END,
    CASE WHEN NOT (i.indisvalid AND i.indisready) THEN 'invalid' WHEN i.indpred IS NOT NULL THEN 'partial'
        WHEN NOT i.indimmediate THEN 'deferrable' WHEN m.amname NOT IN ('btree', 'hash') THEN m.amname ELSE 'usable' END,
    ''
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam, the
WHERE i.indrelid = the.oid
UNION ALL
SELECT 'trigger', t.tgname::text,
    CASE t.tgenabled WHEN 'A' THEN 'always' WHEN 'O' THEN 'not always' WHEN 'R' THEN 'in replicas only' ELSE 'disabled' END,
    concat_ws(' ', CASE WHEN t.tgtype & 4 <> 0 THEN 'INSERT' END, CASE WHEN t.tgtype & 16 <> 0 THEN 'UPDATE' END),
    CASE WHEN t.tgqual IS NULL THEN 'unconditional' ELSE replace(encode(t.tgargs, 'escape'), '\\000', '') END,
    p.prosrc
FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid, the
WHERE t.tgrelid = the.oid AND NOT t.tgisinternal AND t.tgtype & 3 = 3";
