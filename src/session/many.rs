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
        // Asked once a row: an implementation that answers differently the second time must not panic.
        let of_rows: Vec<FirmId> = rows.iter().map(HasFirm::firm).collect();
        let mut firms = of_rows.clone();
        firms.sort();
        firms.dedup();
        let sessions = self.sessions(firms).await?;
        rows.into_iter().zip(&of_rows).map(|(row, firm)| open_in(&sessions, firm, row)).collect()
    }

    async fn sessions(&self, firms: Vec<FirmId>) -> Result<HashMap<FirmId, Session>, KeyError> {
        let loads = firms.into_iter().map(|firm| async move {
            let session = self.session(firm.clone()).await?;
            Ok((firm, session))
        });
        stream::iter(loads).buffer_unordered(CONCURRENT).try_collect().await
    }
}

fn open_in<T: Open>(sessions: &HashMap<FirmId, Session>, firm: &FirmId, row: T) -> Result<T::Opened, OpenManyError> {
    let session = sessions.get(firm).expect("every row's firm has a session");
    Ok(session.open(row)?)
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
