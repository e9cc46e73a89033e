//! The transit engine's calls.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::http::Answer;
use super::{Engine, Key, calls, fault};
use crate::keys::provider::{ProviderError, ProviderErrorKind};
use crate::secret::FirmMasterKey;

impl Engine {
    /// Wraps under the first key.
    pub(super) async fn encrypt(&self, associated: &[u8], key: &[u8]) -> Result<Vec<u8>, ProviderError> {
        let what = self.named("encrypt", &self.keys[0]);
        self.fits(&self.keys[0]).await?;
        let plaintext = Zeroizing::new(STANDARD.encode(key));
        let body = calls::json(&[("plaintext", &plaintext), ("associated_data", &STANDARD.encode(associated))]);
        let answer = self.ask(Method::POST, &what, &self.path("encrypt", &self.keys[0]), body).await?;
        let text = calls::field(&answer, "ciphertext").ok_or_else(|| fault::garbled(&what))?;
        Ok(text.as_bytes().to_vec())
    }

    /// Unwraps under the key at this place, and no other.
    pub(super) async fn decrypt(
        &self,
        at: usize,
        associated: &[u8],
        wrapped: &str,
    ) -> Result<FirmMasterKey, ProviderError> {
        let what = self.named("decrypt", &self.keys[at]);
        self.fits(&self.keys[at]).await?;
        let body = calls::json(&[("ciphertext", wrapped), ("associated_data", &STANDARD.encode(associated))]);
        let answer = self.ask(Method::POST, &what, &self.path("decrypt", &self.keys[at]), body).await?;
        let text = calls::field(&answer, "plaintext").ok_or_else(|| fault::garbled(&what))?;
        key(text).ok_or_else(|| {
            let message = format!("{what}: what the wrapped key holds is not a master key");
            ProviderError::new(ProviderErrorKind::Unauthentic, message)
        })
    }

    /// Whether the key's type binds associated data. Asked once: the type of a key never changes.
    async fn fits(&self, key: &Key) -> Result<(), ProviderError> {
        let what = self.named("read", key);
        let ask = || async {
            let answer = self.ask(Method::GET, &what, &self.path("keys", key), Zeroizing::default()).await?;
            let kind = Kind::of(&answer).ok_or_else(|| fault::garbled(&what))?;
            if kind.binds() { Ok(()) } else { Err(unfit(&self.kek(key), &kind)) }
        };
        key.fits.get_or_try_init(ask).await.copied()
    }

    async fn ask(
        &self,
        method: Method,
        what: &str,
        path: &str,
        body: Zeroizing<Vec<u8>>,
    ) -> Result<Answer, ProviderError> {
        let answer = self.tokens.ask(method, path, body).await?;
        if (200..300).contains(&answer.status) { Ok(answer) } else { Err(fault::refused(what, &answer)) }
    }

    fn path(&self, operation: &str, key: &Key) -> String {
        format!("{}/{operation}/{}", self.mount, key.name)
    }

    pub(super) fn kek(&self, key: &Key) -> String {
        format!("{}/{}", self.mount, key.name)
    }

    fn named(&self, operation: &str, key: &Key) -> String {
        format!("{operation} of transit key `{}`", self.kek(key))
    }
}

/// The key that `text` spells, decoded in place.
fn key(text: &str) -> Option<FirmMasterKey> {
    // Whatever its length, nothing is written beyond this buffer.
    let mut bytes = Zeroizing::new([0; FirmMasterKey::LEN + 1]);
    let len = STANDARD.decode_slice(text, bytes.as_mut_slice()).ok()?;
    let bytes = <&[u8; FirmMasterKey::LEN]>::try_from(&bytes[..len]).ok()?;
    Some(FirmMasterKey::init(|key| *key = *bytes))
}

/// What a key is and does.
struct Kind {
    name: String,
    derived: bool,
}

impl Kind {
    fn of(answer: &Answer) -> Option<Self> {
        #[derive(Deserialize)]
        struct Body {
            data: Data,
        }
        #[derive(Deserialize)]
        struct Data {
            r#type: String,
            #[serde(default)]
            derived: bool,
        }
        let Body { data } = serde_json::from_slice(&answer.body).ok()?;
        Some(Self { name: data.r#type, derived: data.derived })
    }

    fn binds(&self) -> bool {
        !self.derived && ["aes256-gcm96", "chacha20-poly1305", "xchacha20-poly1305"].contains(&self.name.as_str())
    }
}

fn unfit(kek: &str, kind: &Kind) -> ProviderError {
    let derived = if kind.derived { ", derived" } else { "" };
    let message = format!(
        "transit key `{kek}` ({}{derived}) can't bind a firm to its key: make one of type aes256-gcm96, not derived",
        kind.name.escape_debug()
    );
    ProviderError::new(ProviderErrorKind::Internal, message)
}
