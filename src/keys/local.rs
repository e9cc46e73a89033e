//! The local key provider: the KEK is a file.

mod error;
mod file;
#[cfg(test)]
mod vectors;
mod wrap;

use std::fmt;
use std::path::Path;

use secrecy::SecretBox;
use sha2::{Digest, Sha256};

use super::provider::{
    BoxFuture, EncryptionContext, KekId, KeyProvider, ProviderError, ProviderErrorKind, WrappedMasterKey,
};
use crate::context::label;
use crate::random::{NONCE_LEN, OsRandom, Randomness};
use crate::secret::FirmMasterKey;

pub use error::LocalKeyError;

/// Wraps firm master keys under a KEK that lies in a file of this machine: for development and single hosts.
///
/// ```no_run
/// # fn example() -> Result<(), fieldseal::keys::LocalKeyError> {
/// use fieldseal::keys::LocalKeys;
///
/// let keys = LocalKeys::open_or_create("/etc/service/kek")?;
/// # Ok(())
/// # }
/// ```
///
/// Unix only. To change the KEK, create a new file, open it `with_retired` the old one, re-wrap every firm, then remove
/// the old file.
///
/// # Security
/// It protects what leaves the host without the file: database dumps, backups, a replica, a reader of the database. It
/// does not protect against anyone who reads the file or the process's memory, nor against a backup that holds file
/// and database together; nobody logs or revokes its use. A KMS, Vault or an HSM does these. **Without the file all
/// data is lost: keep a copy apart from the database's backups.**
pub struct LocalKeys {
    keks: Vec<Kek>,
    ids: Vec<KekId>,
}

impl LocalKeys {
    /// Opens the key file at `path`.
    ///
    /// # Errors
    /// When the file is missing or malformed, can be read or written by group or others, or belongs to another user
    /// (unless this process runs as root).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, LocalKeyError> {
        file::read(path.as_ref()).map(Self::of)
    }

    /// Makes a key file with a new KEK at `path`, readable by its owner only, and opens it.
    ///
    /// The file is complete, and on disk, or not there at all; of two creators at once one wins.
    ///
    /// # Errors
    /// [`LocalKeyError::Exists`] when there is a file, which is never overwritten; or when it can't be written.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, LocalKeyError> {
        let kek = Kek::generate(&OsRandom).map_err(|_| LocalKeyError::Random)?;
        file::create(path.as_ref(), &kek)?;
        Ok(Self::of(kek))
    }

    /// Opens the key file at `path`, or makes it. Two processes at once get the same key.
    ///
    /// # Errors
    /// Those of [`open`](Self::open), and when the file can't be written.
    ///
    /// # Security
    /// A lost or mistyped file gives a new key that opens nothing: use [`open`](Self::open) in production.
    pub fn open_or_create(path: impl AsRef<Path>) -> Result<Self, LocalKeyError> {
        let path = path.as_ref();
        match Self::open(path) {
            Err(LocalKeyError::NotFound { .. }) => match Self::create(path) {
                Err(LocalKeyError::Exists { .. }) => Self::open(path),
                created => created,
            },
            opened => opened,
        }
    }

    /// Adds an older key file, whose KEK unwraps and never wraps.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn with_retired(mut self, path: impl AsRef<Path>) -> Result<Self, LocalKeyError> {
        let kek = file::read(path.as_ref())?;
        let id = kek.id();
        if !self.ids.contains(&id) {
            self.keks.push(kek);
            self.ids.push(id);
        }
        Ok(self)
    }

    fn of(kek: Kek) -> Self {
        Self { ids: vec![kek.id()], keks: vec![kek] }
    }
}

impl KeyProvider for LocalKeys {
    fn id(&self) -> &str {
        "local"
    }

    fn keks(&self) -> &[KekId] {
        &self.ids
    }

    fn wrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        key: &'a FirmMasterKey,
    ) -> BoxFuture<'a, Result<WrappedMasterKey, ProviderError>> {
        Box::pin(async move {
            let mut nonce = [0; NONCE_LEN];
            OsRandom
                .fill(&mut nonce)
                .map_err(|e| ProviderError::new(ProviderErrorKind::Internal, "random source failed").because(e))?;
            let bytes = wrap::wrap(&self.keks[0], &self.ids[0], &nonce, context, key);
            Ok(WrappedMasterKey { kek: self.ids[0].clone(), bytes })
        })
    }

    fn unwrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        wrapped: &'a WrappedMasterKey,
    ) -> BoxFuture<'a, Result<FirmMasterKey, ProviderError>> {
        Box::pin(async move {
            let at = self.ids.iter().position(|id| *id == wrapped.kek).ok_or_else(|| missing(&wrapped.kek))?;
            wrap::unwrap(&self.keks[at], &wrapped.kek, context, &wrapped.bytes)
                .map_err(|e| ProviderError::new(ProviderErrorKind::Unauthentic, e.to_string()))
        })
    }
}

fn missing(kek: &KekId) -> ProviderError {
    let message = format!("no key file that is open holds KEK `{kek}`: add its file by `with_retired`");
    ProviderError::new(ProviderErrorKind::NotFound, message)
}

impl fmt::Debug for LocalKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LocalKeys").field(&self.ids).finish()
    }
}

/// A key-encryption key.
pub(crate) struct Kek(SecretBox<[u8; Kek::LEN]>);

impl Kek {
    const LEN: usize = 32;

    fn generate(random: &dyn Randomness) -> Result<Self, crate::random::RandomError> {
        Self::try_init(|bytes| random.fill(bytes))
    }

    /// A key whose bytes `fill` writes in place.
    pub(crate) fn try_init<E>(fill: impl FnOnce(&mut [u8; Self::LEN]) -> Result<(), E>) -> Result<Self, E> {
        let mut bytes = Box::new([0; Self::LEN]);
        let filled = fill(&mut bytes);
        let kek = Self(SecretBox::new(bytes));
        filled.map(|()| kek)
    }

    fn expose(&self) -> &[u8; Self::LEN] {
        secrecy::ExposeSecret::expose_secret(&self.0)
    }

    /// `local:` and a fingerprint, which tells nothing of the key.
    pub(crate) fn id(&self) -> KekId {
        let hash = Sha256::new().chain_update(label::LOCAL_KEK_ID).chain_update(self.expose()).finalize();
        KekId::new(format!("local:{}", hex::encode(&hash[..8])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::FirmId;

    #[test]
    fn a_retired_kek_unwraps_and_the_first_wraps() {
        let directory = tempfile::tempdir().unwrap();
        let [old, new] = ["old", "new"].map(|name| directory.path().join(name));
        let before = LocalKeys::create(&old).unwrap();
        let context = EncryptionContext::master_key(&FirmId::from(1i64), 1);
        let (master, wrapped) = pollster::block_on(before.generate(&context, &OsRandom)).unwrap();

        let alone = LocalKeys::create(&new).unwrap();
        let refused = pollster::block_on(alone.unwrap(&context, &wrapped)).unwrap_err();
        assert_eq!(refused.kind(), ProviderErrorKind::NotFound);

        let both = alone.with_retired(&old).unwrap();
        let opened = pollster::block_on(both.unwrap(&context, &wrapped)).unwrap();
        assert_eq!(opened.expose(), master.expose());
        let again = pollster::block_on(both.wrap(&context, &opened)).unwrap();
        assert_eq!(again.kek, both.keks()[0]);
        assert_ne!(again.kek, wrapped.kek);
    }

    #[test]
    fn another_firms_key_is_unauthentic() {
        let directory = tempfile::tempdir().unwrap();
        let keys = LocalKeys::create(directory.path().join("kek")).unwrap();
        let [mine, other] = [1i64, 2].map(|firm| EncryptionContext::master_key(&FirmId::from(firm), 1));
        let (_, wrapped) = pollster::block_on(keys.generate(&mine, &OsRandom)).unwrap();
        let refused = pollster::block_on(keys.unwrap(&other, &wrapped)).unwrap_err();
        assert_eq!(refused.kind(), ProviderErrorKind::Unauthentic);
    }
}
