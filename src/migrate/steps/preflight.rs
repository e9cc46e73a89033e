//! What has to be true of a table before a step.

use super::operator::Operator;
use super::{Obstacle, StepError};
use crate::schema::transit::postgres::{self, Rules, TRIGGER};

/// Refuses a table that can't be migrated as it is.
pub(super) async fn check(operator: &Operator<'_>) -> Result<(), StepError> {
    let obstacles = obstacles(operator).await?;
    if obstacles.is_empty() {
        return Ok(());
    }
    Err(StepError::Obstacles { table: operator.job.subject.table(), obstacles })
}

/// Everything that is in the way.
pub(in crate::migrate) async fn obstacles(operator: &Operator<'_>) -> Result<Vec<Obstacle>, StepError> {
    let table = operator.table.quoted();
    let known = "SELECT relkind::text FROM pg_class WHERE oid = to_regclass($1)";
    let Some(row) = operator.client.query_opt(known, &[&table]).await? else {
        return Ok(vec![obstacle("no_table", format!("there is no table {table}"))]);
    };
    let mut found = Vec::new();
    let kind: String = row.get(0);
    if kind != "r" {
        let said = format!(
            "{table} is no plain table (partitioned and foreign tables, views): migrate each partition by itself"
        );
        found.push(obstacle("not_plain", said));
    }
    for pair in &operator.pairs {
        for row in operator.client.query(COLUMN, &[&table, &pair.plain]).await? {
            let (code, said): (String, String) = (row.get(0), row.get(1));
            found.push(obstacle(known_code(&code), format!("{}.{}: {said}", operator.table.full_name, pair.plain)));
        }
    }
    for row in operator.client.query(TABLE, &[&table, &TRIGGER]).await? {
        let (code, said): (String, String) = (row.get(0), row.get(1));
        found.push(obstacle(known_code(&code), format!("{}: {said}", operator.table.full_name)));
    }
    Ok(found)
}

fn obstacle(code: &'static str, said: String) -> Obstacle {
    Obstacle { code, said }
}

fn known_code(code: &str) -> &'static str {
    const CODES: [&str; 8] =
        ["no_column", "generated", "generated_from", "in_key", "in_foreign_key", "later_trigger", "rule", "no_key"];
    CODES.into_iter().find(|known| *known == code).unwrap_or("other")
}

/// $1 the table, $2 the legacy column.
const COLUMN: &str = "
WITH t AS (SELECT to_regclass($1) AS oid), c AS (
    SELECT a.attnum, a.attgenerated FROM pg_attribute a, t WHERE a.attrelid = t.oid AND a.attname = $2 AND NOT a.attisdropped)
SELECT 'no_column', 'there is no such column' WHERE NOT EXISTS (SELECT FROM c)
UNION ALL SELECT 'generated', 'it is a generated column: migrate the column that it is generated from' FROM c
    WHERE attgenerated <> ''
UNION ALL SELECT 'generated_from', 'the generated column ' || g.attname || ' is made of it, and would keep its plaintext: drop that'
    FROM c, t, pg_attrdef d JOIN pg_attribute g ON (g.attrelid, g.attnum) = (d.adrelid, d.adnum) JOIN pg_depend p
        ON p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid
    WHERE d.adrelid = t.oid AND g.attgenerated <> '' AND p.refobjid = t.oid AND p.refobjsubid = c.attnum
UNION ALL SELECT 'in_key', 'it is part of ' || conname || ': a key is no value to be sealed' FROM c, t, pg_constraint k
    WHERE k.conrelid = t.oid AND c.attnum = ANY (k.conkey) AND k.contype IN ('p', 'x')
UNION ALL SELECT 'in_foreign_key', 'it is part of the foreign key ' || conname || ': drop that first' FROM c, t, pg_constraint k
    WHERE k.contype = 'f' AND (k.conrelid = t.oid AND c.attnum = ANY (k.conkey) OR k.confrelid = t.oid AND c.attnum = ANY (k.confkey))";

/// $1 the table, $2 our trigger.
const TABLE: &str = "
WITH t AS (SELECT to_regclass($1) AS oid)
SELECT 'later_trigger', 'the trigger ' || tgname || ' sorts behind ours, which has to see what will be stored: rename it'
    FROM pg_trigger g, t WHERE g.tgrelid = t.oid AND NOT tgisinternal AND tgtype & 2 = 2 AND tgname > $2::name
        AND tgname NOT LIKE 'zzz\\_fieldseal\\_%'
UNION ALL SELECT 'rule', 'the rule ' || rulename || ' rewrites statements: drop it first' FROM pg_rewrite r, t
    WHERE r.ev_class = t.oid AND ev_type <> '1'
UNION ALL SELECT 'no_key', 'it has no primary key, by which rows are addressed: make one' FROM t
    WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisprimary)";

/// The trigger holds these rules, fires in every session, and nothing runs behind it (MIG-11).
pub(super) async fn rules_hold(operator: &Operator<'_>, rules: Rules) -> Result<(), StepError> {
    let sql = "SELECT tgenabled::text, p.proname::text FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid \
               WHERE g.tgrelid = to_regclass($1) AND tgname = $2::name";
    let table = operator.table.quoted();
    let live = operator.client.query_opt(sql, &[&table, &TRIGGER]).await?;
    let wanted = postgres::function_object(&operator.table, rules);
    let holds = live.is_some_and(|row| row.get::<_, String>(0) == "A" && row.get::<_, String>(1) == wanted);
    let mut obstacles: Vec<Obstacle> = obstacles(operator).await?;
    obstacles.retain(|obstacle| ["later_trigger", "rule"].contains(&obstacle.code));
    if !holds {
        let said = format!("the trigger {TRIGGER} is gone, disabled or another's: run the step before this one again");
        obstacles.push(obstacle("trigger", said));
    }
    if obstacles.is_empty() {
        return Ok(());
    }
    Err(StepError::Obstacles { table: operator.job.subject.table(), obstacles })
}

/// What has to be known to go back, and when the model has no legacy columns any more.
pub(super) async fn spec(operator: &Operator<'_>) -> Result<String, StepError> {
    let sql =
        "SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnotnull AND attname = ANY ($2)";
    let plain: Vec<&str> = operator.pairs.iter().map(|pair| pair.plain).collect();
    let rows = operator.client.query(sql, &[&operator.table.quoted(), &plain]).await?;
    let not_null: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    Ok(serde_json::json!({ "not_null": not_null, "legacy": plain }).to_string())
}

pub(super) fn were_not_null(spec: &str) -> Vec<String> {
    listed(spec, "not_null")
}

/// The legacy columns of a job, also when its model has none any more.
pub(in crate::migrate) fn were_legacy(spec: &str) -> Vec<String> {
    listed(spec, "legacy")
}

fn listed(spec: &str, what: &str) -> Vec<String> {
    let spec: serde_json::Value = serde_json::from_str(spec).unwrap_or_default();
    let list = spec[what].as_array().cloned().unwrap_or_default();
    list.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect()
}
