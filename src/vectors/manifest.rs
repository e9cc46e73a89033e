//! The manifests and tombstones of `keys.json` and `keys_invalid.json`.

use serde::Deserialize;

use super::form::{Hex, fields, firm, master_keys};
use super::keys::purpose;
use super::{classes, world};
use crate::context::FirmId;
use crate::keys::manifest::{Entry, KeyState, Manifest, Tombstone};
use crate::keys::{KekId, KeyError, Purpose};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Valid {
    comment: String,
    #[serde(deserialize_with = "firm")]
    firm: FirmId,
    generation: u64,
    fmk_version: u32,
    fmk: Hex,
    commitment: Hex,
    provider_id: String,
    kek_id: String,
    predecessor_mac: Hex,
    min_open_version: u32,
    entries: Vec<Listed>,
    body: Hex,
    manifest_key: Hex,
    manifest: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    #[serde(deserialize_with = "purpose")]
    purpose: Purpose,
    version: u32,
    state: State,
    created: u64,
    commitment: Hex,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Pending,
    Active,
    Superseded,
    Retired,
    Destroyed,
}

impl Valid {
    pub(super) fn check(&self) {
        let keys = master_keys(&self.firm, self.fmk_version, &self.fmk);
        assert_eq!(self.manifest_key, keys.manifest.expose(), "manifest key: {}", self.comment);
        let encoded = self.parts().encode(&keys);
        assert_eq!(self.body, &encoded[..self.body.len()], "body: {}", self.comment);
        assert_eq!(self.manifest, encoded, "{}", self.comment);
        assert_eq!(Manifest::decode(&keys, &self.manifest), Ok(self.parts()), "{}", self.comment);
    }

    fn parts(&self) -> Manifest {
        Manifest {
            firm: self.firm.clone(),
            generation: self.generation,
            master_version: self.fmk_version,
            master_commitment: self.commitment.array(),
            provider: self.provider_id.clone(),
            kek: KekId::new(&self.kek_id),
            predecessor: self.predecessor_mac.to_vec(),
            min_open_version: self.min_open_version,
            entries: self.entries.iter().map(Listed::entry).collect(),
        }
    }
}

impl Listed {
    fn entry(&self) -> Entry {
        let state = match self.state {
            State::Pending => KeyState::Pending,
            State::Active => KeyState::Active,
            State::Superseded => KeyState::Superseded,
            State::Retired => KeyState::Retired,
            State::Destroyed => KeyState::Destroyed,
        };
        let (purpose, version, created) = (self.purpose, self.version, self.created);
        Entry { purpose, version, state, created, commitment: self.commitment.array() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Invalid {
    comment: String,
    error: String,
    manifest: Hex,
}

impl Invalid {
    /// They are MACed under the key of the worked example, which the cases do not name.
    pub(super) fn check(&self) {
        let firm = "uuid:00112233-4455-6677-8899-aabbccddeeff".parse().unwrap();
        let master: String = (0x20..0x40).map(|byte| format!("{byte:02x}")).collect();
        let keys = master_keys(&firm, 1, &Hex::try_from(master).unwrap());
        let refused = Manifest::decode(&keys, &self.manifest).unwrap_err();
        assert_eq!(classes::of_manifest(refused), self.error, "{}", self.comment);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stone {
    comment: String,
    #[serde(deserialize_with = "firm")]
    firm: FirmId,
    generation: u64,
    when: u64,
    platform_fmk: Hex,
    platform_fmk_version: u32,
    platform_endorse_key: Hex,
    highest_generation: u64,
    body: Hex,
    tombstone: Hex,
}

impl Stone {
    pub(super) fn check(&self) {
        let platform = master_keys(&FirmId::Platform, self.platform_fmk_version, &self.platform_fmk).endorsement;
        assert_eq!(self.platform_endorse_key, platform.expose(), "endorse key: {}", self.comment);
        let stone = Tombstone { firm: self.firm.clone(), generation: self.generation, when: self.when };
        let encoded = stone.encode(&platform);
        assert_eq!(self.body, &encoded[..self.body.len()], "body: {}", self.comment);
        assert_eq!(self.tombstone, encoded, "{}", self.comment);
        assert_eq!(Tombstone::decode(&platform, &self.tombstone), Some(stone), "{}", self.comment);
        let error = world::tombstone(&self.firm, &self.platform_fmk, self.highest_generation, &self.tombstone);
        assert!(matches!(error, KeyError::Shredded { .. }), "{}: {error}", self.comment);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BadStone {
    comment: String,
    error: String,
    #[serde(deserialize_with = "firm")]
    firm: FirmId,
    platform_fmk: Hex,
    platform_fmk_version: u32,
    highest_generation: u64,
    tombstone: Hex,
}

impl BadStone {
    pub(super) fn check(&self) {
        assert_eq!(self.platform_fmk_version, 1, "{}", self.comment);
        let error = world::tombstone(&self.firm, &self.platform_fmk, self.highest_generation, &self.tombstone);
        let classes = classes::of_load(&error);
        assert!(classes.contains(&self.error.as_str()), "{}: {error}", self.comment);
    }
}

/// The generation that a manifest or tombstone names, authentic or not: its second field.
pub(super) fn claimed_generation(stored: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(fields(stored.get(1..)?).get(1).copied()?.try_into().ok()?))
}
