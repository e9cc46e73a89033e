//! Rows in quarantine, tried again.

use super::error::RunError;
use super::event::PassReport;
use super::link::{Failure, Link, Tries};
use super::run::Run;
use super::write::retry;
use crate::migrate::row::{KeyPart, KeyParts};
use crate::migrate::rows::texts_of;

/// In the order of their keys' text, behind the last.
const KEYS: &str = "\
SELECT DISTINCT row_key FROM fieldseal_migrate.quarantine WHERE job = $1 AND ($2::text IS NULL OR row_key > $2) \
ORDER BY row_key LIMIT $3";

const COUNT: &str = "SELECT count(*) FROM fieldseal_migrate.quarantine WHERE job = $1";

/// Tries all of the job's.
pub(super) async fn all(run: &Run) -> Result<PassReport, RunError> {
    let (mut link, mut last, mut report) = (Link::default(), None, PassReport::default());
    let before = count(run, &mut link).await?;
    loop {
        let keys = keys(run, &mut link, last.as_deref()).await?;
        let Some(end) = keys.last().cloned() else { break };
        last = Some(end);
        let done = retry(run, &mut link, &keys.iter().map(|key| parts(key)).collect::<Vec<_>>()).await?;
        let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        report.read += number(done.read);
        report.left += number(done.left);
    }
    report.quarantined = count(run, &mut link).await?;
    report.written = (report.read - report.left).min(before - report.quarantined);
    Ok(report)
}

/// A key as rows are found by it: as text, whatever its type.
fn parts(json: &str) -> KeyParts {
    KeyParts(texts_of(json).unwrap_or_default().into_iter().map(KeyPart::Text).collect())
}

async fn keys(run: &Run, link: &mut Link, last: Option<&str>) -> Result<Vec<String>, RunError> {
    let mut tries = Tries::new(run, "reading the quarantine");
    loop {
        match try_keys(run, link, last).await {
            Ok(keys) => return Ok(keys),
            Err(failure) => tries.again(run, link, failure).await?,
        };
    }
}

async fn try_keys(run: &Run, link: &mut Link, last: Option<&str>) -> Result<Vec<String>, Failure> {
    let most = i64::try_from(run.options.chunk).unwrap_or(i64::MAX);
    let open = link.open(run).await?;
    let rows = open.client.query(KEYS, &[&run.id, &last, &most]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

async fn count(run: &Run, link: &mut Link) -> Result<i64, RunError> {
    let mut tries = Tries::new(run, "reading the quarantine");
    loop {
        match try_count(run, link).await {
            Ok(count) => return Ok(count),
            Err(failure) => tries.again(run, link, failure).await?,
        };
    }
}

async fn try_count(run: &Run, link: &mut Link) -> Result<i64, Failure> {
    Ok(link.open(run).await?.client.query_one(COUNT, &[&run.id]).await?.get(0))
}
