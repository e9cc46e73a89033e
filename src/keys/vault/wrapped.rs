//! What transit gives: `vault:v<version>:<base64>`, spelt in one way only (spec/keys.md, KEY-72).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::keys::provider::{ProviderError, ProviderErrorKind};

/// The text of a wrapped key. Servers also take other spellings of the same bytes, which nobody has written.
pub(super) fn checked(bytes: &[u8]) -> Result<&str, ProviderError> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| canonical(text).is_some());
    text.ok_or_else(|| {
        let message = "the wrapped key is not of the transit engine, or was altered";
        ProviderError::new(ProviderErrorKind::Unauthentic, message)
    })
}

fn canonical(text: &str) -> Option<()> {
    let (version, encoded) = text.strip_prefix("vault:v")?.split_once(':')?;
    let number: u64 = version.parse().ok()?;
    let bytes = STANDARD.decode(encoded).ok()?;
    (number > 0 && number.to_string() == version && STANDARD.encode(bytes) == encoded).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_servers_own_spelling_passes() {
        assert!(checked(b"vault:v1:AAEC").is_ok() && checked(b"vault:v12:AA==").is_ok());
        for bad in [
            "",
            "vault:v1",
            "vault:v0:AAEC",
            "vault:v01:AAEC",
            "vault:v+1:AAEC",
            "bao:v1:AAEC",
            "vault:v1:AA",
            "vault:v1:AB==",
            "vault:v1:AA==\n",
            "vault:v1:AA_-",
            "vault:v1:A",
            "vault:v1:AAEC:",
        ] {
            assert_eq!(checked(bad.as_bytes()).unwrap_err().kind(), ProviderErrorKind::Unauthentic, "{bad:?}");
        }
        assert!(checked(b"vault:v1:\xFF").is_err());
    }
}
