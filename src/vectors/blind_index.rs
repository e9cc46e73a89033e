//! `blind_index.json` and `normalizers.json`: terms, with every intermediate value, and what normalizers give.

use std::cell::RefCell;

use serde::Deserialize;

use super::cells::{self, value};
use super::form::{Hex, each, firm};
use crate::context::FirmId;
use crate::envelope::leb128;
use crate::index::Normalizer;
use crate::keys::hierarchy::{derive, mac};
use crate::model::{CellKeys, Index};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    comment: String,
    scope: Scope,
    #[serde(deserialize_with = "firm")]
    firm: FirmId,
    #[serde(deserialize_with = "firm")]
    info_firm: FirmId,
    table: String,
    index: String,
    codec: String,
    normalizer: String,
    bits: u32,
    index_key: Hex,
    version: u32,
    value: String,
    input: Hex,
    normalized: Hex,
    info: Hex,
    subkey: Hex,
    full: Hex,
    cut: Hex,
    term: Hex,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Scope {
    Firm,
    Global,
}

pub(super) fn terms(text: &str) -> usize {
    each(text, Case::check)
}

impl Case {
    fn check(&self) {
        let normalizer = normalizer(&self.normalizer, &self.normalized);
        let global = self.scope == Scope::Global;
        let index = cells::index(&self.table, &self.index, &self.codec, normalizer, self.bits, global);
        self.check_derivation(index);
        self.check_term(index);
    }

    fn check_derivation(&self, index: &'static Index) {
        let info = index.place.info(&self.info_firm);
        assert_eq!(self.info, info, "info: {}", self.comment);
        let mut subkey = [0; 32];
        derive(&self.index_key, &info, &mut subkey);
        assert_eq!(self.subkey, subkey, "subkey: {}", self.comment);
        assert_eq!(self.full, mac(&subkey, &self.normalized), "full: {}", self.comment);
    }

    fn check_term(&self, index: &'static Index) {
        let value = value(&self.codec, &self.value);
        assert_eq!(self.input, value.stored(), "input: {}", self.comment);
        assert_eq!(self.normalized, index.normalizer.normalize(&self.input), "normalized: {}", self.comment);
        let term = value.term(&self.keys(), index);
        assert_eq!(self.term, term, "term: {}", self.comment);
        let (version, head) = leb128::read(&term).unwrap();
        assert_eq!((version, &term[head..]), (self.version, &*self.cut), "cut: {}", self.comment);
    }

    /// The index key is the firm's, or the platform's in global scope: the other slot holds another.
    fn keys(&self) -> CellKeys {
        let (key, other) = ((self.version, &self.index_key), (1, &self.subkey));
        let mut keys = cells::keys_in_use(&self.firm, key, key, &[]);
        if self.scope == Scope::Global {
            keys.slot = cells::slot(&self.firm, other, other);
            keys.global = Some(cells::slot(&FirmId::Platform, key, key));
        }
        keys
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Normalized {
    comment: String,
    normalizer: String,
    input: Hex,
    input_text: String,
    normalized: Hex,
    normalized_text: String,
}

pub(super) fn normalizers(text: &str) -> usize {
    each(text, Normalized::check)
}

impl Normalized {
    fn check(&self) {
        assert_eq!(self.input, &self.input_text, "{}", self.comment);
        assert_eq!(self.normalized, &self.normalized_text, "{}", self.comment);
        let built_in = normalizer(&self.normalizer, &self.normalized);
        assert_eq!(self.normalized, built_in.normalize(&self.input), "{}", self.comment);
    }
}

thread_local! {
    /// What the next call of a user's function gives.
    static GIVEN: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The normalizer of this id; a user's function gives `normalized`, since a vector can't hold the function.
fn normalizer(id: &str, normalized: &Hex) -> Normalizer {
    use Normalizer::{Casefold, Custom, Digits, Email, Lowercase, None, Trim};
    if id.starts_with("custom/") {
        GIVEN.set(String::from_utf8(normalized.to_vec()).unwrap());
        return Custom { id: cells::name(id), apply: |_| GIVEN.with_borrow(String::clone) };
    }
    [None, Trim, Lowercase, Casefold, Digits, Email].into_iter().find(|built_in| built_in.id() == id).unwrap()
}
