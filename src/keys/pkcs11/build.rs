//! From settings to threads that wait for calls; the token is not asked yet.

use std::fmt;
use std::path::PathBuf;

use secrecy::SecretString;

use super::name::KeyName;
use super::pool::Pool;
use super::token::Token;
use super::{Pkcs11, Pkcs11Error, module};

/// Configures a [`Pkcs11`].
#[must_use = "a builder makes nothing until `build` is called"]
pub struct Pkcs11Builder {
    module: PathBuf,
    token: Option<String>,
    pin: Option<SecretString>,
    kek: Option<KeyName>,
    retired: Vec<KeyName>,
    sessions: usize,
    name: Option<String>,
}

impl Pkcs11Builder {
    pub(super) fn new(module: PathBuf) -> Self {
        Self { module, token: None, pin: None, kek: None, retired: Vec::new(), sessions: 4, name: None }
    }

    /// The label of the token that holds the keys.
    pub fn token(mut self, label: impl Into<String>) -> Self {
        self.token = Some(label.into());
        self
    }

    /// The user's PIN.
    pub fn pin(mut self, pin: SecretString) -> Self {
        self.pin = Some(pin);
        self
    }

    /// The label of the key that wraps.
    pub fn kek(mut self, label: impl Into<String>) -> Self {
        self.kek = Some(KeyName { label: label.into(), id: None });
        self
    }

    /// The label and id (`CKA_ID`) of the key that wraps, for tokens on which labels repeat.
    pub fn kek_with_id(mut self, label: impl Into<String>, id: impl Into<Vec<u8>>) -> Self {
        self.kek = Some(KeyName { label: label.into(), id: Some(id.into()) });
        self
    }

    /// Adds a key that unwraps and never wraps.
    pub fn retired(mut self, label: impl Into<String>) -> Self {
        self.retired.push(KeyName { label: label.into(), id: None });
        self
    }

    /// Adds a key that unwraps and never wraps, by label and id.
    pub fn retired_with_id(mut self, label: impl Into<String>, id: impl Into<Vec<u8>>) -> Self {
        self.retired.push(KeyName { label: label.into(), id: Some(id.into()) });
        self
    }

    /// How many sessions, and threads, at most: 4 by default, at least 1.
    pub fn sessions(mut self, sessions: usize) -> Self {
        self.sessions = sessions.max(1);
        self
    }

    /// Tells this device from others of the same service, whose tokens may bear the same labels: it is stored as provider
    /// `pkcs11:name` and not as `pkcs11`. Never change it while firms' keys lie under it.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Loads the module, once a process, and starts the threads. The token is not asked before the first use.
    ///
    /// # Errors
    /// When the module can't be loaded, or token, PIN or KEK was not set.
    pub fn build(self) -> Result<Pkcs11, Pkcs11Error> {
        let set = |what| Pkcs11Error::NotSet { what };
        let label = self.token.ok_or(set("token"))?;
        let mut names = vec![self.kek.ok_or(set("kek"))?];
        for name in self.retired {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let ids = names.iter().map(|name| name.kek_id(&label)).collect();
        let token = Token::new(module::load(&self.module)?, label, self.pin.ok_or(set("pin"))?, names);
        let id = self.name.map_or("pkcs11".to_owned(), |name| format!("pkcs11:{name}"));
        Ok(Pkcs11 { id, pool: Pool::start(token, self.sessions)?, ids })
    }
}

impl fmt::Debug for Pkcs11Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs11Builder")
            .field("module", &self.module)
            .field("token", &self.token)
            .field("kek", &self.kek)
            .field("retired", &self.retired)
            .field("sessions", &self.sessions)
            .finish_non_exhaustive()
    }
}
