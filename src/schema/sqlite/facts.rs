//! What a live SQLite table is like.

use super::guard::PROPOSED;
use crate::schema::sql::{ident, literal};
use crate::schema::table::Table;

/// A query for a table's [`Fact`](crate::schema::facts::Fact)s.
pub(in crate::schema) fn query(table: &Table) -> String {
    let schema = table.schema().unwrap_or("main");
    FACTS
        .replace("{master}", &format!("{}.sqlite_master", ident(schema)))
        .replace("{schema}", &literal(schema))
        .replace("{proposed}", &literal(PROPOSED))
        .replace("{table}", &literal(table.name()))
}

const FACTS: &str = "\
SELECT 'table' AS kind, CASE name WHEN {proposed} THEN name ELSE '' END AS name,
    CASE type WHEN 'table' THEN 'r' ELSE type END AS a, '' AS b, coalesce(sql, '') AS c, '' AS d
FROM {master} WHERE type IN ('table', 'view') AND name COLLATE NOCASE IN ({table}, {proposed})
UNION ALL
SELECT 'column', name, upper(type), CASE WHEN \"notnull\" THEN 'NOT NULL' ELSE 'NULL' END, '', ''
FROM pragma_table_info({table}, {schema})
UNION ALL
SELECT 'index', l.name,
    (SELECT group_concat(n, char(31)) FROM (
        SELECT coalesce(i.name, '') AS n FROM pragma_index_info(l.name, {schema}) AS i ORDER BY i.seqno)),
    CASE l.\"unique\" WHEN 1 THEN 'unique' ELSE 'not unique' END,
    CASE l.partial WHEN 1 THEN 'partial' ELSE 'usable' END, ''
FROM pragma_index_list({table}, {schema}) AS l
UNION ALL
SELECT 'trigger', name, 'always', '', coalesce(sql, ''), ''
FROM {master} WHERE type = 'trigger' AND tbl_name COLLATE NOCASE = {table}";
