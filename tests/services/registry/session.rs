//! Session cookies: what the service remembers of a visitor, kept by the browser and signed by us.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Serialize, de::DeserializeOwned};
use sha2::Sha256;

/// Signs cookies and checks those that come back.
pub struct CookieJar {
    key: [u8; 32],
}

impl CookieJar {
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    pub fn write(&self, value: &impl Serialize) -> Result<String, CookieError> {
        let payload = hex::encode(serde_json::to_vec(value)?);
        let signature = hex::encode(self.mac(&payload).finalize().into_bytes());
        Ok(format!("{payload}.{signature}"))
    }

    pub fn read<T: DeserializeOwned>(&self, cookie: &str) -> Result<T, CookieError> {
        let (payload, signature) = cookie.split_once('.').ok_or(CookieError::Forged)?;
        let signature = hex::decode(signature).map_err(|_| CookieError::Forged)?;
        self.mac(payload).verify_slice(&signature).map_err(|_| CookieError::Forged)?;
        let json = hex::decode(payload).map_err(|_| CookieError::Forged)?;
        Ok(serde_json::from_slice(&json)?)
    }

    fn mac(&self, payload: &str) -> Hmac<Sha256> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        mac.chain_update(payload)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum CookieError {
    #[error("the cookie is not one of ours")]
    Forged,
    #[error("the cookie's content is of another version of the service")]
    Content(#[from] serde_json::Error),
}
