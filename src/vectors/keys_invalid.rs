//! `keys_invalid.json`: what a reader of keys refuses, and how it calls that.

use serde::Deserialize;

use super::form::{Hex, each, firm, master_keys};
use super::keys::purpose;
use super::{classes, load, local, manifest, phases, standing};
use crate::context::FirmId;
use crate::keys::Purpose;
use crate::secret::WrappingKey;

#[derive(Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
enum Case {
    KeyFile(local::BadKeyFile),
    LocalWrap(local::BadWrapped),
    KeyWrap(KeyWrap),
    Manifest(manifest::Invalid),
    Load(load::Load),
    Tombstone(manifest::BadStone),
    Standing(standing::Invalid),
    Phases(phases::Invalid),
}

pub(super) fn walk(text: &str) -> usize {
    let check = |case: &Case| match case {
        Case::KeyFile(case) => case.check(),
        Case::LocalWrap(case) => case.check(),
        Case::KeyWrap(case) => case.check(),
        Case::Manifest(case) => case.check(),
        Case::Load(case) => case.check_refused(),
        Case::Tombstone(case) => case.check(),
        Case::Standing(case) => case.check(),
        Case::Phases(case) => case.check(),
    };
    each(text, check)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyWrap {
    comment: String,
    error: String,
    #[serde(deserialize_with = "firm")]
    firm: FirmId,
    #[serde(deserialize_with = "purpose")]
    purpose: Purpose,
    version: u32,
    wrapping_key: Hex,
    wrapped: Hex,
}

impl KeyWrap {
    fn check(&self) {
        let mut keys = master_keys(&self.firm, 1, &Hex::try_from("00".repeat(32)).unwrap());
        keys.wrapping = WrappingKey::init(self.wrapping_key.fill());
        let refused = match self.purpose {
            Purpose::Data => keys.unwrap_data(self.version, &self.wrapped).is_none(),
            Purpose::Index => keys.unwrap_index(self.version, &self.wrapped).is_none(),
        };
        assert!(refused && classes::UNWRAP.contains(&self.error.as_str()), "{}", self.comment);
    }
}
