//! What `keys.json` says of providers whose KEK this process never has: associated data, and an HSM's wrapped form.

use serde::Deserialize;

use super::form::{Hex, firm};
use super::suites::gcm_seal;
use crate::context::{FirmId, join};
use crate::keys::EncryptionContext;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VaultAad {
    comment: String,
    #[serde(deserialize_with = "firm")]
    firm: FirmId,
    fmk_version: u32,
    aad: Hex,
}

impl VaultAad {
    pub(super) fn check(&self) {
        let context = EncryptionContext::master_key(&self.firm, self.fmk_version);
        assert_eq!(self.aad, associated(b"fieldseal/v1/vault-wrap", &context), "{}", self.comment);
        #[cfg(feature = "vault")]
        assert_eq!(self.aad, context.associated(crate::context::label::VAULT_WRAP), "{}", self.comment);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pkcs11Wrap {
    comment: String,
    kek: Hex,
    #[serde(deserialize_with = "firm")]
    firm: FirmId,
    fmk_version: u32,
    aad: Hex,
    iv: Hex,
    fmk: Hex,
    wrapped: Hex,
}

impl Pkcs11Wrap {
    pub(super) fn check(&self) {
        let context = EncryptionContext::master_key(&self.firm, self.fmk_version);
        assert_eq!(self.aad, associated(b"fieldseal/v1/pkcs11-wrap", &context), "aad: {}", self.comment);
        #[cfg(feature = "pkcs11")]
        assert_eq!(self.aad, context.associated(crate::context::label::PKCS11_WRAP), "{}", self.comment);
        let (kek, iv) = (self.kek[..].try_into().unwrap(), self.iv[..].try_into().unwrap());
        let sealed = gcm_seal(kek, iv, &self.aad, &self.fmk);
        assert_eq!(self.wrapped, [&[1], &self.iv[..], &sealed].concat(), "{}", self.comment);
    }
}

fn associated(label: &[u8], context: &EncryptionContext) -> Vec<u8> {
    let entries = context.entries().flat_map(|(key, value)| [key.as_bytes(), value.as_bytes()]);
    join(&[label].into_iter().chain(entries).collect::<Vec<_>>())
}
