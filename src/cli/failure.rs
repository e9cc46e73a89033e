//! How a command ends.

use std::error::Error;
use std::process::ExitCode;

use crate::admin::{
    BackupError, CensusError, CertificateError, PhaseError, RestoreError, RotateError, ShredError, StandingError,
    StateChangeError,
};
use crate::keys::KeyError;
use crate::keys::store::StoreError;
use crate::schema::SchemaError;
use crate::session::BuildError;

/// The exit codes of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: failed.
    Failed,
    /// 3: refused by a rule, which the message names.
    Refused,
    /// 4: something was found that should not be.
    Found,
    /// 5: failed, and worth trying again as it is.
    Retry,
}

impl Exit {
    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Refused => 3,
            Self::Found => 4,
            Self::Retry => 5,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// Why a command failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// Stable, for scripts.
    pub(super) code: &'static str,
    pub(super) exit: Exit,
    pub(super) message: String,
}

impl Failure {
    pub(super) fn failed(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, exit: Exit::Failed, message: message.into() }
    }

    pub(super) fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, exit: Exit::Refused, message: message.into() }
    }

    pub(super) fn of(error: &(dyn Error + 'static), code: &'static str, retryable: bool, otherwise: Exit) -> Self {
        Self { code, exit: if retryable { Exit::Retry } else { otherwise }, message: chain(error) }
    }
}

/// The error and what is behind it, each said once.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let (mut message, mut source) = (error.to_string(), error.source());
    while let Some(error) = source {
        let said = error.to_string();
        if !message.contains(&said) {
            message = format!("{message}: {said}");
        }
        source = error.source();
    }
    message
}

macro_rules! failures {
    ($($error:ty => $otherwise:ident),* $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::of(&error, error.code(), error.is_retryable(), Exit::$otherwise)
            }
        }
    )*};
}

failures! {
    BackupError => Failed,
    BuildError => Failed,
    CensusError => Failed,
    CertificateError => Failed,
    KeyError => Failed,
    PhaseError => Refused,
    RestoreError => Failed,
    RotateError => Refused,
    SchemaError => Failed,
    ShredError => Refused,
    StandingError => Refused,
    StateChangeError => Refused,
    StoreError => Failed,
}
