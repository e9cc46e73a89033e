//! Why the PKCS#11 provider can't be built.

use std::path::PathBuf;

/// A PKCS#11 provider that can't be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Pkcs11Error {
    /// The module can't be loaded or started.
    #[error("PKCS#11 module `{path}` can't be loaded: check its path, architecture and configuration", path = path.display())]
    Module {
        /// The module.
        path: PathBuf,
        /// What it said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A setting without a default was not set.
    #[error("no {what} for the PKCS#11 module: call `{what}(…)`")]
    NotSet {
        /// `token`, `pin` or `kek`.
        what: &'static str,
    },
    /// No thread for the module's calls.
    #[error("no thread for the calls of the PKCS#11 module: raise the limits of this process")]
    Threads(#[source] std::io::Error),
}

impl Pkcs11Error {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Module { .. } => "pkcs11.module",
            Self::NotSet { .. } => "pkcs11.not_set",
            Self::Threads(_) => "pkcs11.threads",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Threads(_))
    }
}
