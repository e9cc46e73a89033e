//! From settings to a client; nothing is asked of the server yet.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hyper::Uri;
use hyper::header::HeaderValue;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use secrecy::SecretString;
use tokio::sync::OnceCell;

use super::auth::Auth;
use super::http::Http;
use super::token::Tokens;
use super::{Engine, Key, VaultTransit, VaultTransitError};
use crate::keys::provider::KekId;

/// Configures a [`VaultTransit`].
#[must_use = "a builder makes nothing until `build` is called"]
pub struct VaultTransitBuilder {
    address: String,
    mount: String,
    keys: Vec<String>,
    namespace: Option<String>,
    auth: Option<Auth>,
    role_mount: String,
    authority: Option<Vec<u8>>,
    limit: Duration,
    name: Option<String>,
}

impl VaultTransitBuilder {
    pub(super) fn new(address: String, key: String) -> Self {
        Self {
            address,
            mount: "transit".to_owned(),
            keys: vec![key],
            namespace: None,
            auth: None,
            role_mount: "approle".to_owned(),
            authority: None,
            limit: Duration::from_secs(5),
            name: None,
        }
    }

    /// Where the transit engine is mounted: `transit` by default.
    pub fn mount(mut self, path: impl Into<String>) -> Self {
        self.mount = path.into();
        self
    }

    /// Adds a key of the same mount that unwraps and never wraps.
    pub fn retired(mut self, key: impl Into<String>) -> Self {
        self.keys.push(key.into());
        self
    }

    /// The namespace of the engine and of the login.
    pub fn namespace(mut self, path: impl Into<String>) -> Self {
        self.namespace = Some(path.into());
        self
    }

    /// Uses a token. It is renewed while the server allows it; what comes after is up to whoever gave it.
    pub fn token(mut self, token: SecretString) -> Self {
        self.auth = Some(Auth::Token(token));
        self
    }

    /// Logs in by an AppRole, whenever a token is needed: the secret id must allow several uses.
    pub fn app_role(mut self, role_id: impl Into<String>, secret_id: SecretString) -> Self {
        self.auth = Some(Auth::AppRole { mount: String::new(), role_id: role_id.into(), secret_id });
        self
    }

    /// Where the AppRole method is mounted: `approle` by default.
    pub fn app_role_mount(mut self, path: impl Into<String>) -> Self {
        self.role_mount = path.into();
        self
    }

    /// Trusts the certificate authorities in this PEM text and no others. By default those of the machine are trusted.
    pub fn certificate_authority(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.authority = Some(pem.into());
        self
    }

    /// How long a call may take, logging in included: 5 seconds by default.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Tells this Vault from others of the same service, whose keys may bear the same names: it is stored as provider
    /// `vault:name` and not as `vault`. Never change it while firms' keys lie under it.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Checks the settings. The server is not asked before the first use.
    ///
    /// # Errors
    /// When a setting can't be meant: see [`VaultTransitError`].
    pub fn build(self) -> Result<VaultTransit, VaultTransitError> {
        let address = address(&self.address)?;
        let mount = path("mount", &self.mount)?;
        let namespace = self.namespace.as_deref().map(namespace).transpose()?;
        let auth = match self.auth.ok_or(VaultTransitError::NoCredentials)? {
            Auth::AppRole { role_id, secret_id, .. } => {
                Auth::AppRole { mount: path("mount", &self.role_mount)?, role_id, secret_id }
            }
            token => token,
        };
        let http = Http::new(address, namespace, tls(self.authority)?);
        let engine = Engine { tokens: Tokens::new(http, auth, self.limit), mount, keys: keys(self.keys)? };
        let ids = engine.keys.iter().map(|key| KekId::new(engine.kek(key))).collect();
        let id = self.name.map_or("vault".to_owned(), |name| format!("vault:{name}"));
        Ok(VaultTransit { id, engine: Arc::new(engine), ids, limit: self.limit })
    }
}

fn keys(names: Vec<String>) -> Result<Vec<Key>, VaultTransitError> {
    let mut keys: Vec<Key> = Vec::new();
    for name in names {
        if !is_name(&name) {
            return Err(VaultTransitError::InvalidName { what: "key", name });
        }
        if keys.iter().all(|key| key.name != name) {
            keys.push(Key { name, fits: OnceCell::new() });
        }
    }
    Ok(keys)
}

/// Scheme and authority, refused in the clear unless they stay on this machine.
pub(super) fn address(address: &str) -> Result<String, VaultTransitError> {
    // A password before an `@` is not to be printed.
    let shown = address.rsplit_once('@').map_or_else(|| address.to_owned(), |(_, host)| format!("…@{host}"));
    let invalid = || VaultTransitError::InvalidAddress { address: shown.clone() };
    let uri: Uri = address.parse().map_err(|_| invalid())?;
    let (scheme, authority) = (uri.scheme_str().ok_or_else(invalid)?, uri.authority().ok_or_else(invalid)?);
    if !uri.path().trim_matches('/').is_empty() || uri.query().is_some() || authority.as_str().contains('@') {
        return Err(invalid());
    }
    match scheme {
        "https" => {}
        "http" if is_loopback(authority.host()) => {}
        "http" => return Err(VaultTransitError::PlainHttp { address: address.to_owned() }),
        _ => return Err(invalid()),
    }
    Ok(format!("{scheme}://{authority}"))
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

/// Names joined by slashes.
fn path(what: &'static str, path: &str) -> Result<String, VaultTransitError> {
    let path = path.trim_matches('/');
    let fits = path.split('/').all(is_name);
    if fits { Ok(path.to_owned()) } else { Err(VaultTransitError::InvalidName { what, name: path.to_owned() }) }
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || ['-', '_', '.'].contains(&c);
    !["", ".", ".."].contains(&name) && name.chars().all(fits)
}

fn namespace(name: &str) -> Result<HeaderValue, VaultTransitError> {
    let path = path("namespace", name)?;
    HeaderValue::from_str(&path).map_err(|_| VaultTransitError::InvalidName { what: "namespace", name: path })
}

fn tls(authority: Option<Vec<u8>>) -> Result<ClientConfig, VaultTransitError> {
    let roots = match authority {
        Some(pem) => given(&pem)?,
        None => machine(),
    };
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(ring).with_safe_default_protocol_versions();
    let config = config.map_err(|e| VaultTransitError::Certificates { what: e.to_string() })?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

fn given(pem: &[u8]) -> Result<RootCertStore, VaultTransitError> {
    let wrong = |what: String| VaultTransitError::Certificates { what };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|e| wrong(format!("the PEM text can't be read: {e}")))?;
        roots.add(certificate).map_err(|e| wrong(format!("a certificate of the PEM text: {e}")))?;
    }
    if roots.is_empty() { Err(wrong("the PEM text holds no certificate".to_owned())) } else { Ok(roots) }
}

/// What the machine trusts; where that is nothing, the handshake says so.
fn machine() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

impl fmt::Debug for VaultTransitBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VaultTransitBuilder")
            .field("address", &self.address)
            .field("mount", &self.mount)
            .field("keys", &self.keys)
            .field("namespace", &self.namespace)
            .field("auth", &self.auth)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(address: &str) -> Result<VaultTransit, VaultTransitError> {
        VaultTransit::builder(address, "k").token("hvs.hush".to_owned().into()).build()
    }

    #[test]
    fn nothing_travels_in_the_clear() {
        for address in
            ["https://vault.example:8200", "https://v/", "http://127.0.0.1:8200", "http://localhost", "http://[::1]:1"]
        {
            assert!(built(address).is_ok(), "{address}");
        }
        assert!(matches!(built("http://vault.example:8200"), Err(VaultTransitError::PlainHttp { .. })));
        for address in ["", "vault.example", "ftp://127.0.0.1", "https://v/v1", "https://u:p@v"] {
            assert!(matches!(built(address), Err(VaultTransitError::InvalidAddress { .. })), "{address}");
        }
    }

    #[test]
    fn names_lead_nowhere_else() {
        for name in ["", "..", "a/b", "a b", "k?x", "%2e"] {
            let built = VaultTransit::builder("https://v", name).token("t".to_owned().into()).build();
            assert!(matches!(built, Err(VaultTransitError::InvalidName { what: "key", .. })), "{name:?}");
        }
        let nested = VaultTransit::builder("https://v", "k").mount("/team/transit/").token("t".to_owned().into());
        assert_eq!(nested.build().unwrap().ids, [KekId::new("team/transit/k")]);
        assert!(matches!(VaultTransit::builder("https://v", "k").build(), Err(VaultTransitError::NoCredentials)));
    }

    #[test]
    fn settings_are_shown_without_secrets() {
        let builder = VaultTransit::builder("https://v", "k").app_role("role", "hush".to_owned().into());
        assert!(!format!("{builder:?}").contains("hush"));
        assert!(!format!("{:?}", builder.token("hush".to_owned().into())).contains("hush"));
    }
}
