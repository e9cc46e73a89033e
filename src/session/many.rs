//! Rows of many firms, opened in one call.

use std::collections::HashMap;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::{Session, Vault};
use crate::context::FirmId;
use crate::keys::KeyError;
use crate::model::{HasFirm, Open, OpenError};

/// Firms whose keys are loaded at the same time.
const CONCURRENT: usize = 32;

impl Vault {
    /// Opens rows of many firms: each firm's keys are loaded once, several firms at a time. The order stays.
    ///
    /// For reports and exports over firms; a request handler has one firm and one session.
    ///
    /// # Errors
    /// [`OpenManyError`] of the first firm or cell that fails; nothing is left out.
    pub async fn open<T: Open + HasFirm>(&self, rows: Vec<T>) -> Result<Vec<T::Opened>, OpenManyError> {
        let sessions = self.sessions(firms(&rows)).await?;
        open_all(&sessions, rows)
    }

    pub(super) async fn sessions(&self, firms: Vec<FirmId>) -> Result<HashMap<FirmId, Session>, KeyError> {
        let loads = firms.into_iter().map(|firm| async move {
            let session = self.session(firm.clone()).await?;
            Ok((firm, session))
        });
        stream::iter(loads).buffer_unordered(CONCURRENT).try_collect().await
    }
}

/// The firms of the rows, each once.
pub(super) fn firms<T: HasFirm>(rows: &[T]) -> Vec<FirmId> {
    let mut firms: Vec<FirmId> = rows.iter().map(HasFirm::firm).collect();
    firms.sort();
    firms.dedup();
    firms
}

/// Opens each row in the session of its firm, of which there must be one.
pub(super) fn open_all<T: Open + HasFirm>(
    sessions: &HashMap<FirmId, Session>,
    rows: Vec<T>,
) -> Result<Vec<T::Opened>, OpenManyError> {
    let open = |row: T| {
        // A row that names another firm when asked again is refused, not a panic.
        let firm = row.firm();
        let session = sessions.get(&firm).ok_or(KeyError::UnknownFirm { firm })?;
        Ok(session.open(row)?)
    };
    rows.into_iter().map(open).collect()
}

/// Why rows of many firms were not opened.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum OpenManyError {
    /// A firm's keys can't be had.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// A row did not open.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl OpenManyError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Keys(error) => error.code(),
            Self::Open(error) => error.code(),
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Keys(error) => error.is_retryable(),
            Self::Open(error) => error.is_retryable(),
        }
    }
}
