//! What a successor could not have, so that the table is not written anew.

use crate::migrate::steps::{Obstacle, Operator, StepError};

/// Refuses a table of which something would be lost.
pub(super) async fn check(operator: &Operator<'_>, without: &[&str]) -> Result<(), StepError> {
    let rows = operator.client.query(OBSTACLES, &[&operator.table.quoted(), &without]).await?;
    let found: Vec<Obstacle> = rows.iter().map(|row| Obstacle { code: known(row.get(0)), said: row.get(1) }).collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(StepError::Obstacles { table: operator.job.subject().table(), obstacles: found })
}

fn known(code: &str) -> &'static str {
    const CODES: [&str; 13] = [
        "no_table",
        "not_plain",
        "partition",
        "inherits",
        "no_key",
        "row_security",
        "rule",
        "matview",
        "view",
        "row_type",
        "constraint_trigger",
        "publication",
        "subscription",
    ];
    CODES.into_iter().find(|known| *known == code).unwrap_or("other")
}

/// $1 the table, $2 columns that are left out.
const OBSTACLES: &str = "
WITH t AS (SELECT to_regclass($1)::oid AS oid), k AS (SELECT c.* FROM pg_class c, t WHERE c.oid = t.oid), gone AS (
    SELECT a.attnum, a.attname FROM pg_attribute a, t WHERE a.attrelid = t.oid AND a.attname = ANY ($2)),
reads AS (SELECT r.ev_class AS oid, d.refobjsubid AS attnum FROM t JOIN pg_depend d ON d.refobjid = t.oid AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite r ON r.oid = d.objid AND r.ev_class <> t.oid)
SELECT 'no_table', 'there is no such table' FROM t WHERE t.oid IS NULL
UNION ALL SELECT 'not_plain', 'it is no plain table' FROM k WHERE relkind <> 'r'
UNION ALL SELECT 'partition', 'it is a partition: rewrite it detached, or seal it in place' FROM k WHERE relispartition
UNION ALL SELECT 'inherits', 'it inherits, or is inherited from: seal it in place' FROM t WHERE EXISTS (
    SELECT FROM pg_inherits, k WHERE (inhrelid = t.oid OR inhparent = t.oid) AND NOT k.relispartition)
UNION ALL SELECT 'inherits', 'it is of a composite type' FROM k WHERE reloftype <> 0
UNION ALL SELECT 'no_key', 'it has no primary key, by which changed rows are captured: make one' FROM t
    WHERE t.oid IS NOT NULL AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisprimary AND i.indisvalid)
UNION ALL SELECT 'row_security', 'row-level security hides rows from this role: use one with BYPASSRLS' FROM t
    WHERE row_security_active(t.oid)
UNION ALL SELECT 'rule', format('the rule %s rewrites statements: drop it first', rulename) FROM t JOIN pg_rewrite r ON r.ev_class = t.oid
UNION ALL SELECT DISTINCT 'matview', format('the materialized view %s reads it: drop it, and make it again afterwards', v.oid::regclass)
    FROM reads JOIN pg_class v ON v.oid = reads.oid AND v.relkind = 'm'
UNION ALL SELECT DISTINCT 'view', format('the view %s reads %s: replace it first', v.oid::regclass, gone.attname)
    FROM reads JOIN gone USING (attnum) JOIN pg_class v ON v.oid = reads.oid AND v.relkind = 'v'
UNION ALL SELECT DISTINCT 'row_type', format('%s is made of the table''s row type: drop it, and make it again afterwards',
        pg_describe_object(d.classid, d.objid, 0))
    FROM k JOIN pg_depend d ON d.refclassid = 'pg_type'::regclass AND d.refobjid IN (k.reltype, (SELECT typarray FROM pg_type WHERE oid = k.reltype))
    WHERE d.deptype = 'n' AND d.classid <> 'pg_type'::regclass
UNION ALL SELECT DISTINCT 'row_type', format('%s names the table in its body: drop it, and make it again afterwards', pg_describe_object(d.classid, d.objid, 0))
    FROM t JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid AND d.classid = 'pg_proc'::regclass
UNION ALL SELECT 'constraint_trigger', format('the constraint trigger %s: drop it, and make it again afterwards', tgname)
    FROM t JOIN pg_trigger g ON g.tgrelid = t.oid AND NOT tgisinternal AND tgconstraint <> 0
UNION ALL SELECT 'publication', format('the publication %s sends a part of its rows or columns: take the table out, and put it in again afterwards',
        p.pubname) FROM t JOIN pg_publication_rel r ON r.prrelid = t.oid JOIN pg_publication p ON p.oid = r.prpubid
    WHERE to_jsonb(r) ->> 'prattrs' IS NOT NULL OR to_jsonb(r) ->> 'prqual' IS NOT NULL
UNION ALL SELECT 'subscription', 'a subscription writes it: seal it in place' FROM t WHERE EXISTS (SELECT FROM pg_subscription_rel WHERE srrelid = t.oid)
ORDER BY 1, 2";
