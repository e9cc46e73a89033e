//! The place of a cell, turned into key-derivation info and associated data (spec/envelope.md, ENV places).

mod firm;
mod place;
mod row;

pub use firm::{FirmId, InvalidFirmId};
pub(crate) use place::{ColumnPlace, IndexPlace};
pub use row::{RowKey, RowKeyPart, RowPlace};

/// Joins fields injectively: a count, then each field with its length, all `u32` big-endian.
pub(crate) fn join(fields: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(4 + fields.iter().map(|f| 4 + f.len()).sum::<usize>());
    out.extend(length(fields.len()));
    for field in fields {
        out.extend(length(field.len()));
        out.extend_from_slice(field);
    }
    out
}

/// A length or count as formats hold it.
///
/// # Panics
/// Above 4 GiB, which no name, key or id reaches.
pub(crate) fn length(n: usize) -> [u8; 4] {
    u32::try_from(n).expect("names, keys and ids are shorter than 4 GiB").to_be_bytes()
}

/// Labels of key derivation and authentication, together so that none is used twice.
pub(crate) mod label {
    pub(crate) const COLUMN: &[u8] = b"fieldseal/v1/column";
    /// Behind the codec id of padded columns.
    pub(crate) const PADDED: &str = "+pad";
    pub(crate) const INDEX: &[u8] = b"fieldseal/v1/index";
    pub(crate) const FMK_WRAP: &[u8] = b"fieldseal/v1/fmk/wrap";
    pub(crate) const FMK_MANIFEST: &[u8] = b"fieldseal/v1/fmk/manifest";
    pub(crate) const FMK_ENDORSE: &[u8] = b"fieldseal/v1/fmk/endorse";
    pub(crate) const FMK_COMMIT: &[u8] = b"fieldseal/v1/fmk/commit";
    pub(crate) const KEY: &[u8] = b"fieldseal/v1/key";
    pub(crate) const KEY_COMMIT: &[u8] = b"fieldseal/v1/key/commit";
    pub(crate) const ENDORSEMENT: &[u8] = b"fieldseal/v1/endorsement";
    pub(crate) const SUCCESSION: &[u8] = b"fieldseal/v1/succession";
    pub(crate) const MANIFEST: &[u8] = b"fieldseal/v1/manifest";
    pub(crate) const TOMBSTONE: &[u8] = b"fieldseal/v1/tombstone";
    pub(crate) const STANDING: &[u8] = b"fieldseal/v1/standing";
    #[cfg(feature = "migrate")]
    pub(crate) const VERIFY_REPORT: &[u8] = b"fieldseal/v1/verify-report";
    pub(crate) const PHASES: &[u8] = b"fieldseal/v1/phases";
    pub(crate) const CERTIFICATE: &[u8] = b"fieldseal/v1/shred-certificate";
    pub(crate) const FMK_BACKUP: &[u8] = b"fieldseal/v1/fmk/backup";
    #[cfg(feature = "escrow")]
    pub(crate) const ESCROW_SHARE: &[u8] = b"fieldseal/v1/escrow-share";
    pub(crate) const BACKUP: &[u8] = b"fieldseal/v1/backup";
    #[cfg(feature = "local-keys")]
    pub(crate) const LOCAL_WRAP: &[u8] = b"fieldseal/v1/local-wrap";
    #[cfg(feature = "local-keys")]
    pub(crate) const LOCAL_KEK_ID: &[u8] = b"fieldseal/v1/local-kek-id";
    #[cfg(feature = "vault")]
    pub(crate) const VAULT_WRAP: &[u8] = b"fieldseal/v1/vault-wrap";
    #[cfg(feature = "pkcs11")]
    pub(crate) const PKCS11_WRAP: &[u8] = b"fieldseal/v1/pkcs11-wrap";
    #[cfg(feature = "pkcs11")]
    pub(crate) const PKCS11_PROBE: &[u8] = b"fieldseal/v1/pkcs11-probe";
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn joining_is_injective(a: Vec<Vec<u8>>, b: Vec<Vec<u8>>) {
            let refs = |fields: &[Vec<u8>]| join(&fields.iter().map(Vec::as_slice).collect::<Vec<_>>());
            prop_assert_eq!(a == b, refs(&a) == refs(&b));
        }
    }
}
