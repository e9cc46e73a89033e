//! What the catalogs, the statistics and the server say of plaintext that was dropped.

use tokio_postgres::{Client, Error};

use super::Trace;

/// $1 the table, $2 its legacy columns, $3 the file that it lay in when they were emptied. Statistics that nobody may see
/// are not seen here either: run it as the table's owner or a superuser.
const TRACES: &str = "
WITH t AS (SELECT to_regclass($1) AS oid), c AS (
    SELECT a.attnum, a.attname FROM pg_attribute a, t WHERE a.attrelid = t.oid AND a.attname = ANY ($2) AND NOT a.attisdropped)
SELECT 1 AS place, 'column', format('the column %s is there', attname), 'migrate contract' FROM c WHERE $3::int8 IS NULL
UNION ALL SELECT 2, 'files', 'the table''s files, and those of its indexes and its TOAST table, hold row versions of before',
    format('VACUUM FULL %s, or pg_repack; then CHECKPOINT', t.oid::regclass) FROM t
    WHERE $3::int8 IS NOT NULL AND pg_relation_filenode(t.oid)::int8 = $3::int8
UNION ALL SELECT 3, 'stats', format('statistics of %s hold values', s.attname), format('ANALYZE %s', t.oid::regclass)
    FROM t JOIN pg_class k ON k.oid = t.oid JOIN pg_namespace n ON n.oid = k.relnamespace
        JOIN pg_stats s ON (s.schemaname, s.tablename) = (n.nspname, k.relname)
    WHERE s.attname = ANY ($2) AND (s.most_common_vals IS NOT NULL OR s.histogram_bounds IS NOT NULL)
UNION ALL SELECT 4, 'extended_stats', format('the statistics object %s is over %s', e.stxname, c.attname),
    format('DROP STATISTICS %s', e.stxname) FROM c, t, pg_statistic_ext e WHERE e.stxrelid = t.oid AND c.attnum = ANY (e.stxkeys)
UNION ALL SELECT 5, 'index', format('the index %s is over %s', i.indexrelid::regclass, c.attname),
    format('DROP INDEX CONCURRENTLY %s', i.indexrelid::regclass) FROM c, t, pg_index i
    WHERE i.indrelid = t.oid AND c.attnum = ANY (i.indkey)
UNION ALL SELECT 6, 'matview', format('the materialized view %s holds a copy', v.oid::regclass),
    format('REFRESH MATERIALIZED VIEW %s, or drop it', v.oid::regclass)
    FROM c, t, pg_depend d JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class
    WHERE d.classid = 'pg_rewrite'::regclass AND d.refobjid = t.oid AND d.refobjsubid = c.attnum AND v.relkind = 'm'
UNION ALL SELECT 7, 'prepared', format('the prepared transaction %s keeps old row versions from being removed', gid),
    format('COMMIT PREPARED or ROLLBACK PREPARED %L', gid) FROM pg_prepared_xacts WHERE database = current_database()
UNION ALL SELECT 8, 'wal', format('WAL of before lies in pg_wal until it is recycled (now at %s, wal_keep_size %s)',
        pg_current_wal_lsn(), current_setting('wal_keep_size')), 'CHECKPOINT, and time: max_wal_size bounds it'
    WHERE NOT pg_is_in_recovery()
UNION ALL SELECT 9, 'archive', 'WAL is archived, and base backups are likely kept with it', 'let archives and base backups of before expire, or destroy them' WHERE current_setting('archive_mode') <> 'off'
UNION ALL SELECT 10, 'slot', format('the replication slot %s keeps WAL since %s', slot_name, restart_lsn),
    'let its consumer catch up, or drop it by pg_drop_replication_slot' FROM pg_replication_slots
UNION ALL SELECT 11, 'standby', format('the standby %s has files and WAL of its own', application_name),
    'it follows the table''s rewrite; its WAL and backups expire by themselves' FROM pg_stat_replication
UNION ALL SELECT 12, 'log_statement', format('log_statement is %s: the server''s log holds statements of before, with values',
        current_setting('log_statement')), 'remove old logs, and those that were shipped' WHERE current_setting('log_statement') IN ('mod', 'all')
ORDER BY 1, 3";

pub(super) async fn traces(
    client: &Client,
    table: &str,
    columns: &[String],
    emptied: Option<&str>,
) -> Result<Vec<Trace>, Error> {
    let rows = client.query(TRACES, &[&table, &columns, &emptied.and_then(filenode)]).await?;
    let trace = |row: &tokio_postgres::Row| Trace { code: known(row.get(1)), said: row.get(2), remove: row.get(3) };
    Ok(rows.iter().map(trace).collect())
}

fn filenode(detail: &str) -> Option<i64> {
    serde_json::from_str::<serde_json::Value>(detail).ok()?["filenode"].as_i64()
}

fn known(code: &str) -> &'static str {
    const CODES: [&str; 12] = [
        "column",
        "files",
        "stats",
        "extended_stats",
        "index",
        "matview",
        "prepared",
        "wal",
        "archive",
        "slot",
        "standby",
        "log_statement",
    ];
    CODES.into_iter().find(|known| *known == code).unwrap_or("other")
}
