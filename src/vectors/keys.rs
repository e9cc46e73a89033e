//! `keys.json`: derivation, wrapping, commitment and endorsement of keys; the rest by its own files.

use serde::Deserialize;

use super::form::{Hex, each, firm, master_keys};
use super::{load, local, manifest, phases, providers, standing};
use crate::context::{FirmId, join, label};
use crate::keys::hierarchy::{Endorsed, derive, mac};
use crate::keys::{KekId, Purpose};
use crate::secret::WrappingKey;

#[derive(Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
enum Case {
    KeyFile(local::KeyFile),
    LocalWrap(local::Wrapped),
    VaultAad(providers::VaultAad),
    Pkcs11Wrap(providers::Pkcs11Wrap),
    FmkDerive(Derived),
    KeyWrap(KeyWrap),
    Endorsement(Endorsement),
    Manifest(manifest::Valid),
    Load(load::Load),
    Tombstone(manifest::Stone),
    Standing(standing::Valid),
    Phases(phases::Valid),
}

pub(super) fn walk(text: &str) -> usize {
    let check = |case: &Case| match case {
        Case::KeyFile(case) => case.check(),
        Case::LocalWrap(case) => case.check(),
        Case::VaultAad(case) => case.check(),
        Case::Pkcs11Wrap(case) => case.check(),
        Case::FmkDerive(case) => case.check(),
        Case::KeyWrap(case) => case.check(),
        Case::Endorsement(case) => case.check(),
        Case::Manifest(case) => case.check(),
        Case::Load(case) => case.check_loads(),
        Case::Tombstone(case) => case.check(),
        Case::Standing(case) => case.check(),
        Case::Phases(case) => case.check(),
    };
    each(text, check)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Derived {
    comment: String,
    r#use: String,
    label: String,
    #[serde(deserialize_with = "firm")]
    firm: FirmId,
    fmk_version: u32,
    fmk: Hex,
    info: Hex,
    derived: Hex,
}

impl Derived {
    fn check(&self) {
        let info = join(&[self.label.as_bytes(), self.firm.canonical().as_bytes(), &self.fmk_version.to_be_bytes()]);
        assert_eq!(self.info, info, "info: {}", self.comment);
        let keys = master_keys(&self.firm, self.fmk_version, &self.fmk);
        let (label, derived): (&[u8], &[u8]) = match self.r#use.as_str() {
            "wrap" => (label::FMK_WRAP, keys.wrapping.expose()),
            "manifest" => (label::FMK_MANIFEST, keys.manifest.expose()),
            "endorse" => (label::FMK_ENDORSE, keys.endorsement.expose()),
            "commit" => (label::FMK_COMMIT, &keys.commitment),
            // Reserved: nothing derives it yet, but its label and place are fixed.
            "audit" => (b"fieldseal/v1/fmk/audit", &self.expand(&info)),
            other => panic!("unknown use {other}"),
        };
        assert_eq!((self.label.as_bytes(), &*self.derived), (label, derived), "{}", self.comment);
    }

    fn expand(&self, info: &[u8]) -> [u8; 32] {
        let mut out = [0; 32];
        derive(&self.fmk, info, &mut out);
        out
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyWrap {
    comment: String,
    #[serde(deserialize_with = "firm")]
    firm: FirmId,
    #[serde(deserialize_with = "purpose")]
    purpose: Purpose,
    version: u32,
    wrapping_key: Hex,
    ad: Hex,
    key: Hex,
    wrapped: Hex,
    commitment_info: Hex,
    commitment: Hex,
}

impl KeyWrap {
    fn check(&self) {
        let place = |label| {
            let (firm, purpose) = (self.firm.canonical(), self.purpose.as_str());
            join(&[label, firm.as_bytes(), purpose.as_bytes(), &self.version.to_be_bytes()])
        };
        assert_eq!(self.ad, place(label::KEY), "ad: {}", self.comment);
        assert_eq!(self.commitment_info, place(label::KEY_COMMIT), "commitment info: {}", self.comment);

        let mut keys = master_keys(&self.firm, 1, &self.key);
        keys.wrapping = WrappingKey::init(self.wrapping_key.fill());
        let (purpose, version) = (self.purpose, self.version);
        assert_eq!(self.wrapped, keys.wrap(purpose, version, &self.key.array()), "wrapped: {}", self.comment);
        let commitment = keys.commit(purpose, version, &self.key.array());
        assert_eq!(self.commitment, commitment, "commitment: {}", self.comment);
        let unwrapped = match purpose {
            Purpose::Data => *keys.unwrap_data(version, &self.wrapped).unwrap().expose(),
            Purpose::Index => *keys.unwrap_index(version, &self.wrapped).unwrap().expose(),
        };
        assert_eq!(self.key, unwrapped, "{}", self.comment);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Endorsement {
    comment: String,
    #[serde(deserialize_with = "firm")]
    firm: FirmId,
    fmk_version: u32,
    fmk: Hex,
    commitment: Hex,
    provider_id: String,
    kek_id: String,
    predecessor_fmk: Hex,
    predecessor_mac: Hex,
    platform_fmk: Hex,
    platform_fmk_version: u32,
    platform_endorse_key: Hex,
    statement: Hex,
    endorsement: Hex,
}

impl Endorsement {
    fn check(&self) {
        let platform = master_keys(&FirmId::Platform, self.platform_fmk_version, &self.platform_fmk).endorsement;
        assert_eq!(self.platform_endorse_key, platform.expose(), "endorse key: {}", self.comment);
        let keys = master_keys(&self.firm, self.fmk_version, &self.fmk);
        assert_eq!(self.commitment, keys.commitment, "commitment: {}", self.comment);
        self.check_predecessor();
        let endorsed = Endorsed {
            firm: &self.firm,
            version: self.fmk_version,
            provider: &self.provider_id,
            kek: &KekId::new(&self.kek_id),
            commitment: &keys.commitment,
            predecessor: &self.predecessor_mac,
        };
        assert_eq!(self.endorsement, endorsed.endorse(&platform), "{}", self.comment);
        assert_eq!(self.endorsement, mac(platform.expose(), &self.statement), "statement: {}", self.comment);
        assert!(endorsed.is_endorsed(&platform, &self.endorsement), "{}", self.comment);
    }

    fn check_predecessor(&self) {
        if self.predecessor_fmk.is_empty() {
            return assert!(self.predecessor_mac.is_empty(), "{}", self.comment);
        }
        let before = master_keys(&self.firm, self.fmk_version - 1, &self.predecessor_fmk);
        let commitment = self.commitment.array();
        let succession = before.endorse_successor(&commitment).unwrap();
        assert_eq!(self.predecessor_mac, succession, "succession: {}", self.comment);
        assert!(before.endorses_successor(&commitment, &self.predecessor_mac), "succession: {}", self.comment);
    }
}

/// Purposes lie in files as their names.
pub(super) fn purpose<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Purpose, D::Error> {
    let name = String::deserialize(deserializer)?;
    let known = [Purpose::Data, Purpose::Index].into_iter().find(|purpose| purpose.as_str() == name);
    known.ok_or_else(|| serde::de::Error::custom("unknown purpose"))
}
