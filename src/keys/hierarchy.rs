//! Derivation, wrapping, commitment and endorsement of keys (spec/keys.md).

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::context::{FirmId, join, label};
use crate::keys::provider::KekId;
use crate::keys::store::Purpose;
use crate::secret::{BackupKey, DataKey, EndorsementKey, FirmMasterKey, IndexKey, ManifestKey, WrappingKey};
use crate::suite;

/// A value that commits to a key without telling it.
pub(crate) type Commitment = [u8; 32];

/// An HMAC-SHA-256 tag.
pub(crate) type MacTag = [u8; 32];

/// HKDF-SHA-256 with an empty salt, filled in place.
pub(crate) fn derive(key: &[u8], info: &[u8], out: &mut [u8]) {
    Hkdf::<Sha256>::new(None, key).expand(info, out).expect("every key is far below HKDF's limit of 255 blocks");
}

/// HMAC-SHA-256.
pub(crate) fn mac(key: &[u8], message: &[u8]) -> MacTag {
    keyed(key, message).finalize().into_bytes().into()
}

/// Compares in constant time.
pub(crate) fn mac_matches(key: &[u8], message: &[u8], tag: &[u8]) -> bool {
    keyed(key, message).verify_slice(tag).is_ok()
}

fn keyed(key: &[u8], message: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac
}

/// What is derived from one firm master key.
pub(crate) struct MasterKeys {
    firm: String,
    version: u32,
    pub(crate) wrapping: WrappingKey,
    pub(crate) manifest: ManifestKey,
    pub(crate) endorsement: EndorsementKey,
    pub(crate) commitment: Commitment,
}

impl MasterKeys {
    pub(crate) fn new(firm: &FirmId, version: u32, master: &FirmMasterKey) -> Self {
        let firm = firm.canonical();
        let info = |label| join(&[label, firm.as_bytes(), &version.to_be_bytes()]);
        let derive = |label, out: &mut [u8]| derive(master.expose(), &info(label), out);
        let mut commitment = [0; 32];
        derive(label::FMK_COMMIT, &mut commitment);
        Self {
            wrapping: WrappingKey::init(|out| derive(label::FMK_WRAP, out)),
            manifest: ManifestKey::init(|out| derive(label::FMK_MANIFEST, out)),
            endorsement: EndorsementKey::init(|out| derive(label::FMK_ENDORSE, out)),
            commitment,
            firm,
            version,
        }
    }

    pub(crate) fn version(&self) -> u32 {
        self.version
    }

    /// Vouches for the master key of the next version (KEY-12). `None` when no number is left.
    pub(crate) fn endorse_successor(&self, commitment: &Commitment) -> Option<MacTag> {
        Some(mac(self.endorsement.expose(), &self.succession(commitment)?))
    }

    /// Whether this key vouches for the one of the next version.
    pub(crate) fn endorses_successor(&self, commitment: &Commitment, predecessor: &[u8]) -> bool {
        let message = self.succession(commitment);
        message.is_some_and(|message| mac_matches(self.endorsement.expose(), &message, predecessor))
    }

    fn succession(&self, commitment: &Commitment) -> Option<Vec<u8>> {
        let next = self.version.checked_add(1)?;
        Some(join(&[label::SUCCESSION, self.firm.as_bytes(), &next.to_be_bytes(), commitment]))
    }

    /// Wraps a version of a data or index key.
    pub(crate) fn wrap(&self, purpose: Purpose, version: u32, key: &[u8; 32]) -> Vec<u8> {
        suite::wrap_key(&self.wrapping, &self.key_place(label::KEY, purpose, version), key)
    }

    /// Unwraps a data key; `None` unless authentic.
    pub(crate) fn unwrap_data(&self, version: u32, wrapped: &[u8]) -> Option<DataKey> {
        DataKey::try_init(|out| self.unwrap_into(Purpose::Data, version, wrapped, out)).ok()
    }

    /// Unwraps an index key; `None` unless authentic.
    pub(crate) fn unwrap_index(&self, version: u32, wrapped: &[u8]) -> Option<IndexKey> {
        IndexKey::try_init(|out| self.unwrap_into(Purpose::Index, version, wrapped, out)).ok()
    }

    fn unwrap_into(&self, purpose: Purpose, version: u32, wrapped: &[u8], out: &mut [u8; 32]) -> Result<(), ()> {
        let place = self.key_place(label::KEY, purpose, version);
        if suite::unwrap_key(&self.wrapping, &place, wrapped, out) { Ok(()) } else { Err(()) }
    }

    /// The commitment to a version of a data or index key.
    pub(crate) fn commit(&self, purpose: Purpose, version: u32, key: &[u8; 32]) -> Commitment {
        let mut out = [0; 32];
        derive(key, &self.key_place(label::KEY_COMMIT, purpose, version), &mut out);
        out
    }

    fn key_place(&self, label: &[u8], purpose: Purpose, version: u32) -> Vec<u8> {
        join(&[label, self.firm.as_bytes(), purpose.as_str().as_bytes(), &version.to_be_bytes()])
    }
}

/// What authenticates the backups that are made under this master key of the platform (spec/recovery.md, REC-2).
pub(crate) fn backup_key(version: u32, platform: &FirmMasterKey) -> BackupKey {
    let firm = FirmId::Platform.canonical();
    let info = join(&[label::FMK_BACKUP, firm.as_bytes(), &version.to_be_bytes()]);
    BackupKey::init(|out| derive(platform.expose(), &info, out))
}

/// Whether the platform's master key of the version before vouches for the one with this commitment (KEY-12).
pub(crate) fn follows_platform(before: &MasterKeys, next: &Commitment, predecessor: &[u8]) -> bool {
    let Some(version) = before.version.checked_add(1) else { return false };
    let message = join(&[label::SUCCESSION, before.firm.as_bytes(), &version.to_be_bytes(), next]);
    mac_matches(before.endorsement.expose(), &message, predecessor)
}

/// What an endorsement says of a master key.
pub(crate) struct Endorsed<'a> {
    pub(crate) firm: &'a FirmId,
    pub(crate) version: u32,
    pub(crate) provider: &'a str,
    pub(crate) kek: &'a KekId,
    pub(crate) commitment: &'a Commitment,
    pub(crate) predecessor: &'a [u8],
}

impl Endorsed<'_> {
    pub(crate) fn endorse(&self, platform: &EndorsementKey) -> MacTag {
        mac(platform.expose(), &self.statement())
    }

    pub(crate) fn is_endorsed(&self, platform: &EndorsementKey, endorsement: &[u8]) -> bool {
        mac_matches(platform.expose(), &self.statement(), endorsement)
    }

    fn statement(&self) -> Vec<u8> {
        join(&[
            label::ENDORSEMENT,
            self.firm.canonical().as_bytes(),
            &self.version.to_be_bytes(),
            self.provider.as_bytes(),
            self.kek.as_str().as_bytes(),
            self.commitment,
            self.predecessor,
        ])
    }
}
