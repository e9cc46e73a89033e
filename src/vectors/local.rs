//! The key files and local wraps of `keys.json` and `keys_invalid.json`, and a provider that wraps like them.

use std::io::Write;

use serde::Deserialize;
use tempfile::NamedTempFile;

use super::classes;
use super::form::{Hex, firm};
use crate::context::{FirmId, join};
use crate::keys::{
    BoxFuture, EncryptionContext, KekId, KeyProvider, LocalKeyError, LocalKeys, ProviderError, ProviderErrorKind,
    WrappedMasterKey,
};
use crate::random::{NONCE_LEN, Randomness};
use crate::secret::FirmMasterKey;
use crate::suite::bare;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyFile {
    comment: String,
    text: String,
    kek: Hex,
    kek_id: String,
}

impl KeyFile {
    pub(super) fn check(&self) {
        assert_eq!(self.text, text(&self.kek), "{}", self.comment);
        let keys = open(&self.text).unwrap();
        assert_eq!(keys.keks(), [KekId::new(&self.kek_id)], "{}", self.comment);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BadKeyFile {
    comment: String,
    error: String,
    text: String,
}

impl BadKeyFile {
    pub(super) fn check(&self) {
        let refused = open(&self.text).unwrap_err();
        assert!(matches!(refused, LocalKeyError::Malformed { .. }), "{}: {refused}", self.comment);
        assert_eq!(self.error, "key-file", "{}", self.comment);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wrapped {
    comment: String,
    kek: Hex,
    kek_id: String,
    #[serde(deserialize_with = "firm")]
    firm: FirmId,
    fmk_version: u32,
    context: Vec<Pair>,
    aad: Hex,
    nonce: Hex,
    fmk: Hex,
    wrapped: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    key: String,
    value: String,
}

impl Wrapped {
    pub(super) fn check(&self) {
        let (kek, context) = (KekId::new(&self.kek_id), EncryptionContext::master_key(&self.firm, self.fmk_version));
        let pairs: Vec<(&str, &str)> = self.context.iter().map(|p| (&*p.key, &*p.value)).collect();
        assert_eq!(context.entries().collect::<Vec<_>>(), pairs, "context: {}", self.comment);
        assert_eq!(self.aad, associated(&kek, &context), "aad: {}", self.comment);
        let wrapped = wrap(&self.kek, &kek, &self.nonce, &context, &self.fmk);
        assert_eq!(self.wrapped, wrapped.bytes, "wrapped: {}", self.comment);

        let keys = open(&text(&self.kek)).unwrap();
        let unwrapped = pollster::block_on(keys.unwrap(&context, &wrapped)).unwrap();
        assert_eq!(self.fmk, unwrapped.expose(), "{}", self.comment);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BadWrapped {
    comment: String,
    error: String,
    kek: Hex,
    kek_id: String,
    #[serde(deserialize_with = "firm")]
    firm: FirmId,
    fmk_version: u32,
    wrapped: Hex,
}

impl BadWrapped {
    pub(super) fn check(&self) {
        let context = EncryptionContext::master_key(&self.firm, self.fmk_version);
        let wrapped = WrappedMasterKey { kek: KekId::new(&self.kek_id), bytes: self.wrapped.to_vec() };
        let keys = open(&text(&self.kek)).unwrap();
        let refused = pollster::block_on(keys.unwrap(&context, &wrapped)).unwrap_err();
        assert_eq!(refused.kind(), ProviderErrorKind::Unauthentic, "{}", self.comment);
        assert!(classes::UNWRAP.contains(&self.error.as_str()), "{}", self.comment);
    }
}

fn text(kek: &Hex) -> String {
    format!("fieldseal-local-key-v1 {kek:?}\n")
}

fn open(text: &str) -> Result<LocalKeys, LocalKeyError> {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    LocalKeys::open(file.path())
}

/// A provider of any id and KEK id, which wraps as `local` does, and whose master keys are given.
pub(super) struct Given {
    pub(super) id: String,
    pub(super) keks: Vec<KekId>,
    pub(super) kek: Hex,
    /// The platform's; any other firm's is its complement.
    pub(super) platform: Hex,
}

impl KeyProvider for Given {
    fn id(&self) -> &str {
        &self.id
    }

    fn keks(&self) -> &[KekId] {
        &self.keks
    }

    fn generate<'a>(
        &'a self,
        context: &'a EncryptionContext,
        _random: &'a dyn Randomness,
    ) -> BoxFuture<'a, Result<(FirmMasterKey, WrappedMasterKey), ProviderError>> {
        let mask = if *context.firm() == FirmId::Platform { 0 } else { 0xFF };
        let master = FirmMasterKey::init(|out| *out = self.platform.array().map(|byte| byte ^ mask));
        Box::pin(async move {
            let wrapped = self.wrap(context, &master).await?;
            Ok((master, wrapped))
        })
    }

    fn wrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        key: &'a FirmMasterKey,
    ) -> BoxFuture<'a, Result<WrappedMasterKey, ProviderError>> {
        let wrapped = wrap(&self.kek, &self.keks[0], &[0; NONCE_LEN], context, key.expose());
        Box::pin(std::future::ready(Ok(wrapped)))
    }

    fn unwrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        wrapped: &'a WrappedMasterKey,
    ) -> BoxFuture<'a, Result<FirmMasterKey, ProviderError>> {
        let unwrapped = unwrap(&self.kek, context, wrapped);
        let refused = || ProviderError::new(ProviderErrorKind::Unauthentic, "not wrapped under this KEK and context");
        Box::pin(std::future::ready(unwrapped.ok_or_else(refused)))
    }
}

fn wrap(kek: &Hex, id: &KekId, nonce: &[u8], context: &EncryptionContext, master: &[u8]) -> WrappedMasterKey {
    let mut sealed = master.to_vec();
    bare::encrypt(&kek.array(), nonce.try_into().unwrap(), &associated(id, context), &mut sealed);
    WrappedMasterKey { kek: id.clone(), bytes: [&[0x01], nonce, &sealed].concat() }
}

fn unwrap(kek: &Hex, context: &EncryptionContext, wrapped: &WrappedMasterKey) -> Option<FirmMasterKey> {
    let (nonce, sealed) = wrapped.bytes.strip_prefix(&[0x01])?.split_first_chunk::<NONCE_LEN>()?;
    let mut sealed = sealed.to_vec();
    let master = bare::decrypt(&kek.array(), nonce, &associated(&wrapped.kek, context), &mut sealed)?;
    FirmMasterKey::try_init(|out| master.try_into().map(|master| *out = master)).ok()
}

fn associated(kek: &KekId, context: &EncryptionContext) -> Vec<u8> {
    let entries = context.entries().flat_map(|(key, value)| [key.as_bytes(), value.as_bytes()]);
    let fields: Vec<&[u8]> = [b"fieldseal/v1/local-wrap", kek.as_str().as_bytes()].into_iter().chain(entries).collect();
    join(&fields)
}
