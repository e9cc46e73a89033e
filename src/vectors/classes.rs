//! The specification's names of errors, and which of this crate's errors mean them.

use crate::envelope::EnvelopeError;
use crate::keys::{KeyError, ManifestError, ProviderErrorKind, Tampering};
use crate::model::OpenError;

/// The class of a cell that did not open (spec/envelope.md, Errors).
pub(super) fn of_cell(error: &OpenError) -> &'static str {
    match error {
        OpenError::Envelope { source, .. } => of_bytes(source),
        OpenError::WrongKind { .. } => "wrong-kind",
        OpenError::UnknownVersion { .. } => "version-unknown",
        OpenError::BelowMinimum { .. } => "version-below-minimum",
        OpenError::Unauthentic { .. } => "unauthentic",
        OpenError::Codec { .. } => "bad-plaintext",
        other => panic!("not an error of a cell: {other}"),
    }
}

fn of_bytes(error: &EnvelopeError) -> &'static str {
    match error {
        EnvelopeError::Empty => "empty",
        EnvelopeError::UnknownKind(_) => "unknown-kind",
        EnvelopeError::VersionTruncated => "version-truncated",
        EnvelopeError::VersionNotShortest => "version-not-shortest",
        EnvelopeError::VersionZero => "version-zero",
        EnvelopeError::VersionTooLarge => "version-too-large",
        EnvelopeError::TooShort => "too-short",
    }
}

/// The class of a manifest that was refused (spec/keys.md, Errors).
pub(super) fn of_manifest(error: ManifestError) -> &'static str {
    match error {
        ManifestError::TooShort => "too-short",
        ManifestError::UnknownFormat(_) => "unknown-format",
        ManifestError::Malformed => "malformed",
        ManifestError::Inconsistent(_) => "inconsistent",
        ManifestError::Unauthentic => "unauthentic",
    }
}

/// What a wrapped key that did not unwrap may be: an unwrap says no more than that.
pub(super) const UNWRAP: &[&str] = &["wrap-length", "wrap-format", "unauthentic"];

/// What a tombstone that was refused may be.
pub(super) const TOMBSTONE: &[&str] =
    &["too-short", "unknown-format", "malformed", "inconsistent", "wrong-firm", "unauthentic"];

/// The classes that an error of loading a firm may mean (spec/keys.md, Errors).
pub(super) fn of_load(error: &KeyError) -> Vec<&'static str> {
    match error {
        KeyError::UnknownFirm { .. } => vec!["unknown-firm"],
        KeyError::Shredded { .. } => vec!["shredded"],
        KeyError::ForeignKek { .. } => vec!["kek-not-configured"],
        KeyError::Provider { source, .. } if source.kind() == ProviderErrorKind::Unauthentic => UNWRAP.to_vec(),
        KeyError::Tampered { what, .. } => of_tampering(what),
        other => panic!("not an error of a record: {other}"),
    }
}

fn of_tampering(what: &Tampering) -> Vec<&'static str> {
    match what {
        Tampering::Manifest(error) => vec![of_manifest(*error)],
        Tampering::Disagree(_) => vec!["record-mismatch"],
        Tampering::NotEndorsed => vec!["endorsement"],
        Tampering::WrongVersions { .. } => vec!["entry-set"],
        Tampering::WrongKey { .. } => vec!["wrap-length", "unauthentic", "commitment"],
        Tampering::Tombstone => TOMBSTONE.to_vec(),
        Tampering::RolledBack { .. } => vec!["rollback"],
        other => panic!("not an error of a vector: {other}"),
    }
}
