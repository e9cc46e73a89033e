//! The keys of a chunk's firms, fetched before its transaction begins (MIG-16).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures_util::stream::{self, StreamExt};

use super::error::RunError;
use super::link::Tries;
use super::run::Run;
use crate::context::FirmId;
use crate::keys::KeyError;
use crate::migrate::Subject;
use crate::migrate::row::Row;
use crate::session::{Session, Vault};

/// Firms whose keys are loaded at the same time; the key store's query for them is one.
const CONCURRENT: usize = 32;

/// A session for each firm; `None`: it has no keys, and never will have the ones that its rows need.
pub(super) type Sessions = Arc<HashMap<FirmId, Option<Session>>>;

/// The sessions of all firms that the rows name. A provider or a store that fails for a while is waited for.
pub(super) async fn sessions(run: &Run, rows: &[Row]) -> Result<Sessions, RunError> {
    let mut tries = Tries::new(run, "fetching firms' keys");
    loop {
        match fetch(&run.job.vault, &run.job.subject, firms(rows)).await {
            Ok(sessions) => return Ok(Arc::new(sessions)),
            Err(error) if error.is_retryable() => tries.pause(run, error.code().to_owned()).await?,
            Err(source) => return Err(RunError::Keys { table: run.table(), source }),
        }
    }
}

pub(super) fn firms(rows: &[Row]) -> HashSet<FirmId> {
    let mut firms = HashSet::new();
    for firm in rows.iter().flat_map(|row| [Some(&row.firm), row.old.as_ref().map(|old| &old.firm)]).flatten() {
        if !firms.contains(firm) {
            firms.insert(firm.clone());
        }
    }
    firms
}

pub(super) async fn fetch(
    vault: &Vault,
    subject: &Subject,
    firms: HashSet<FirmId>,
) -> Result<HashMap<FirmId, Option<Session>>, KeyError> {
    let global = subject.columns.iter().any(|column| column.index.is_some_and(|index| index.schema.global));
    let right = if global { Some(vault.global_index().await?) } else { None };
    let loads = stream::iter(firms).map(|firm| async move { (firm.clone(), vault.session(firm).await) });
    let mut loads = loads.buffer_unordered(CONCURRENT);
    let mut sessions = HashMap::new();
    while let Some((firm, session)) = loads.next().await {
        let session = match (session, &right) {
            (Ok(session), Some(right)) => Some(session.with_global_index(right)),
            (Ok(session), None) => Some(session),
            (Err(error), _) if is_without(&error) => None,
            (Err(error), _) => return Err(error),
        };
        sessions.insert(firm, session);
    }
    Ok(sessions)
}

/// Whether the firm has no keys for good: its rows go into quarantine. A suspended firm may come back: the pass stops.
fn is_without(error: &KeyError) -> bool {
    matches!(error, KeyError::UnknownFirm { .. } | KeyError::Shredded { .. } | KeyError::InvalidFirm(_))
}
