//! A job's row: made once, moved from step to step.

use tokio_postgres::{Client, Error};
use uuid::Uuid;

/// What a job's row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::migrate) struct JobRow {
    pub(in crate::migrate) id: Uuid,
    pub(in crate::migrate) step: String,
    pub(in crate::migrate) state: String,
    /// JSON: what has to be known to go back.
    pub(in crate::migrate) spec: String,
}

/// The job of this name.
pub(in crate::migrate) async fn find(client: &Client, name: &str) -> Result<Option<JobRow>, Error> {
    let sql = "SELECT id, step, state, spec FROM fieldseal_migrate.job WHERE name = $1";
    Ok(client.query_opt(sql, &[&name]).await?.map(|row| JobRow {
        id: row.get(0),
        step: row.get(1),
        state: row.get(2),
        spec: row.get(3),
    }))
}

/// The name of the job that is at work on the table.
pub(in crate::migrate) async fn at_work(client: &Client, table: &str) -> Result<Option<String>, Error> {
    let sql = "SELECT name FROM fieldseal_migrate.job WHERE table_name = $1 AND state IN ('running', 'paused')";
    Ok(client.query_opt(sql, &[&table]).await?.map(|row| row.get(0)))
}

/// Adds a job, unless there is one of this name.
pub(in crate::migrate) async fn add(
    client: &Client,
    name: &str,
    table: &str,
    kind: &str,
    spec: &str,
) -> Result<(), Error> {
    let sql = "INSERT INTO fieldseal_migrate.job (id, name, table_name, kind, spec, step, state) \
               VALUES ($1, $2, $3, $4, $5, 'begun', 'running') ON CONFLICT (name) DO NOTHING";
    client.execute(sql, &[&Uuid::new_v4(), &name, &table, &kind, &spec]).await.map(drop)
}

/// Moves a job to a step and a state, and notes it.
pub(in crate::migrate) async fn step(client: &Client, id: Uuid, step: &str, state: &str) -> Result<(), Error> {
    let sql = "WITH moved AS (UPDATE fieldseal_migrate.job SET step = $2, state = $3, updated = clock_timestamp() \
               WHERE id = $1 RETURNING id) INSERT INTO fieldseal_migrate.event (job, what) SELECT id, $2 FROM moved";
    client.execute(sql, &[&id, &step, &state]).await.map(drop)
}

/// Notes an operator's act.
pub(in crate::migrate) async fn event(client: &Client, id: Uuid, what: &str, detail: &str) -> Result<(), Error> {
    let sql = "INSERT INTO fieldseal_migrate.event (job, what, detail) VALUES ($1, $2, $3)";
    client.execute(sql, &[&id, &what, &detail]).await.map(drop)
}

/// Rows in quarantine.
pub(in crate::migrate) async fn quarantined(client: &Client, id: Uuid) -> Result<i64, Error> {
    let sql = "SELECT count(*) FROM fieldseal_migrate.quarantine WHERE job = $1";
    Ok(client.query_one(sql, &[&id]).await?.get(0))
}

/// What the latest event `what` says, if it came after the latest event `after`.
pub(in crate::migrate) async fn latest(
    client: &Client,
    id: Uuid,
    what: &str,
    after: &str,
) -> Result<Option<String>, Error> {
    let sql = "SELECT detail FROM fieldseal_migrate.event WHERE job = $1 AND what = $2 AND at > \
               (SELECT max(at) FROM fieldseal_migrate.event WHERE job = $1 AND what = $3) ORDER BY at DESC LIMIT 1";
    Ok(client.query_opt(sql, &[&id, &what, &after]).await?.map(|row| row.get(0)))
}

/// What the latest event `what` says.
pub(in crate::migrate) async fn newest(client: &Client, id: Uuid, what: &str) -> Result<Option<String>, Error> {
    let sql = "SELECT detail FROM fieldseal_migrate.event WHERE job = $1 AND what = $2 ORDER BY at DESC LIMIT 1";
    Ok(client.query_opt(sql, &[&id, &what]).await?.map(|row| row.get(0)))
}

/// How many events `what` there are.
pub(in crate::migrate) async fn count(client: &Client, id: Uuid, what: &str) -> Result<i64, Error> {
    let sql = "SELECT count(*) FROM fieldseal_migrate.event WHERE job = $1 AND what = $2";
    Ok(client.query_one(sql, &[&id, &what]).await?.get(0))
}
