//! What the catalogs and the server say of a table before it is migrated.

use tokio_postgres::{Client, Error};

use super::{Facts, Warning};
use crate::schema::transit::Pair;

/// $1 the table. The rows are those of its partitions, if it has any.
const SIZE: &str = "
WITH parts AS (SELECT relid FROM pg_partition_tree(to_regclass($1)) WHERE isleaf
    UNION SELECT to_regclass($1) WHERE NOT EXISTS (SELECT FROM pg_partition_tree(to_regclass($1))))
SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)::float8, coalesce(sum(pg_table_size(c.oid)), 0)::int8,
    coalesce(sum(pg_indexes_size(c.oid)), 0)::int8 FROM parts p JOIN pg_class c ON c.oid = p.relid";

pub(super) async fn of(client: &Client, table: &str) -> Result<Facts, Error> {
    let row = client.query_one(SIZE, &[&table]).await?;
    let (rows, bytes, index_bytes): (f64, i64, i64) = (row.get(0), row.get(1), row.get(2));
    let cells = (rows * BYTES_OF_A_CELL) as i64;
    Ok(Facts { rows, bytes, index_bytes, needed_bytes: bytes.saturating_add(index_bytes).saturating_add(cells) })
}

/// An envelope around a short value, and its term.
const BYTES_OF_A_CELL: f64 = 120.0;

/// $1 the table, $2 its legacy columns.
const WARNINGS: &str = "
WITH t AS (SELECT to_regclass($1) AS oid), c AS (
    SELECT a.attnum, a.attname FROM pg_attribute a, t WHERE a.attrelid = t.oid AND a.attname = ANY ($2) AND NOT a.attisdropped)
SELECT 'view', format('the view %s reads %s: replace it before `contract`, which can not drop a column that a view names',
        v.oid::regclass, string_agg(DISTINCT c.attname, ', '))
    FROM c, t, pg_depend d JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class
    WHERE d.classid = 'pg_rewrite'::regclass AND d.refobjid = t.oid AND d.refobjsubid = c.attnum AND v.oid <> t.oid GROUP BY v.oid
UNION ALL SELECT 'index', format('the index %s goes with %s', i.indexrelid::regclass, string_agg(DISTINCT c.attname, ', '))
    FROM c, t, pg_index i WHERE i.indrelid = t.oid AND c.attnum = ANY (i.indkey) GROUP BY i.indexrelid
UNION ALL SELECT 'trigger', format('the trigger %s may copy plaintext elsewhere: look at what it calls', g.tgname)
    FROM pg_trigger g, t WHERE g.tgrelid = t.oid AND NOT g.tgisinternal AND g.tgname NOT LIKE '%fieldseal%'
UNION ALL SELECT 'publication', format('the publication %s sends its rows to subscribers, plaintext among them, as long as there is some',
        p.pubname) FROM pg_publication p, pg_publication_tables l, t, pg_class k JOIN pg_namespace n ON n.oid = k.relnamespace
    WHERE l.pubname = p.pubname AND k.oid = t.oid AND l.schemaname = n.nspname AND l.tablename = k.relname
UNION ALL SELECT 'autovacuum', 'autovacuum is off for it: every pass leaves a dead copy of each row that it writes'
    FROM pg_class k, t WHERE k.oid = t.oid AND 'autovacuum_enabled=false' = ANY (coalesce(k.reloptions, '{}'))
UNION ALL SELECT 'unlogged', 'it is unlogged: a crash of the server empties it' FROM pg_class k, t WHERE k.oid = t.oid AND k.relpersistence = 'u'
UNION ALL SELECT 'log_statement', format('log_statement is %s: the server''s log holds what writers send', current_setting('log_statement'))
    WHERE current_setting('log_statement') IN ('mod', 'all')
UNION ALL SELECT 'long_transaction', format('process %s has a transaction open since %s s: no step ends before it', pid,
        extract(epoch FROM clock_timestamp() - xact_start)::int)
    FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND xact_start < clock_timestamp() - interval '1 minute'";

pub(super) async fn warnings(client: &Client, table: &str, pairs: &[Pair]) -> Result<Vec<Warning>, Error> {
    let plain: Vec<&str> = pairs.iter().map(|pair| pair.plain).collect();
    let rows = client.query(WARNINGS, &[&table, &plain]).await?;
    let warning = |row: &tokio_postgres::Row| Warning { code: known(row.get(0)), said: row.get(1) };
    Ok(rows.iter().map(warning).collect())
}

fn known(code: &str) -> &'static str {
    const CODES: [&str; 8] =
        ["view", "index", "trigger", "publication", "autovacuum", "unlogged", "log_statement", "long_transaction"];
    CODES.into_iter().find(|known| *known == code).unwrap_or("other")
}
