//! Why master keys are not exported, or not recovered.

use std::io;

use crate::context::FirmId;
use crate::keys::{KeyError, Tampering};

/// Why an export was not made. What was written is not one: its end is missing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EscrowError {
    /// A key can't be had.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The payload can't be written.
    #[error("the export can't be written")]
    Write(#[source] io::Error),
    /// The random source failed.
    #[error("the random source failed")]
    Random,
    /// The custodians can't keep it.
    #[error("these custodians can't be used: {reason}")]
    Custodians {
        /// Why not.
        reason: &'static str,
    },
    /// The platform's record was changed in between, on whose word the others rest.
    #[error("the platform's keys were changed while the export was made: make it again")]
    PlatformChanged,
}

impl EscrowError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Keys(error) => error.code(),
            Self::Write(_) => "escrow.write",
            Self::Random => "escrow.random",
            Self::Custodians { .. } => "escrow.custodians",
            Self::PlatformChanged => "escrow.platform_changed",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Keys(error) => error.is_retryable(),
            Self::Random | Self::PlatformChanged => true,
            Self::Write(_) | Self::Custodians { .. } => false,
        }
    }
}

/// Why an export can't be recovered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecoverError {
    /// The new provider or store failed.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The payload can't be read.
    #[error("the export can't be read")]
    Read(#[source] io::Error),
    /// It does not begin as an export does.
    #[error("this is no fieldseal escrow export")]
    NotAnExport,
    /// A later release wrote it.
    #[error("the export is of format {format}, which this release does not know: use a later one")]
    UnknownFormat {
        /// Its format.
        format: u8,
    },
    /// What should be a custodian's identity is none.
    #[error("this is no `AGE-SECRET-KEY-1…` identity")]
    Identity,
    /// A share can't be used.
    #[error("share {position} (from 0, as given) can't be used: {fault}")]
    Share {
        /// Which of those that were given, from 0.
        position: usize,
        /// Why.
        fault: ShareFault,
    },
    /// Too few shares.
    #[error("{given} shares were given, and {needed} are needed")]
    TooFewShares {
        /// How many it takes.
        needed: u8,
        /// How many different ones there were.
        given: usize,
    },
    /// The shares are as the payload's head says, and open nothing: the head was altered.
    #[error("the shares do not open this payload: its head was altered")]
    WrongPayload,
    /// The payload was altered or cut.
    #[error("the payload is altered or cut after {firms} firms: use another copy")]
    Malformed {
        /// Whole firms before.
        firms: u64,
    },
    /// A record in it does not hold up.
    #[error("the export's record of firm {firm} does not hold up: {what}")]
    Record {
        /// The firm.
        firm: FirmId,
        /// What does not hold up.
        what: Tampering,
    },
    /// The store is not empty, and not what an earlier run of this recovery left.
    #[error("the store holds another record of firm {firm}: recover into an empty store")]
    StoreInUse {
        /// The firm.
        firm: FirmId,
    },
}

impl RecoverError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Keys(error) => error.code(),
            Self::Read(_) => "recover.read",
            Self::NotAnExport => "recover.not_an_export",
            Self::UnknownFormat { .. } => "recover.unknown_format",
            Self::Identity => "recover.identity",
            Self::Share { .. } => "recover.share",
            Self::TooFewShares { .. } => "recover.too_few_shares",
            Self::WrongPayload => "recover.wrong_payload",
            Self::Malformed { .. } => "recover.malformed",
            Self::Record { .. } => "recover.record",
            Self::StoreInUse { .. } => "recover.store_in_use",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Keys(error) if error.is_retryable())
    }
}

/// Why a share can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShareFault {
    /// The identity does not open it: another custodian's, or altered.
    #[error("the identity does not open it: it is another custodian's, or altered")]
    NotOpened,
    /// It opens, and is no share.
    #[error("it is no share")]
    Malformed,
    /// Of another export.
    #[error("it is of another export")]
    OtherExport,
    /// It names this export, and is not the share that was dealt.
    #[error("it is not the share that was dealt")]
    Forged,
}
