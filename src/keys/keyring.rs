//! A firm's unwrapped keys in memory, and the column keys and index subkeys derived from them so far.

mod slots;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hmac::{Hmac, KeyInit};
use sha2::Sha256;

use super::hierarchy::{MasterKeys, derive};
use super::manifest::KeyState;
use crate::context::{ColumnPlace, FirmId, IndexPlace};
use crate::envelope::{Head, Kind};
use crate::secret::{DataKey, DeterministicColumnKey, EndorsementKey, IndexKey, IndexSubkey, RandomisedColumnKey};
use crate::suite::{ColumnCipher, Deterministic, Randomised};
use slots::Slots;

/// HMAC-SHA-256 with its key absorbed.
pub(crate) type IndexMac = Hmac<Sha256>;

/// A firm's keys, verified. Everything in it is zeroized when the last session and the cache have let go.
pub(crate) struct Keyring {
    firm: FirmId,
    generation: u64,
    min_open_version: u32,
    data: Versions<DataKey>,
    index: Versions<IndexKey>,
    master: Arc<MasterKeys>,
    columns: Slots<Box<[std::sync::OnceLock<ColumnCipher>]>>,
    indexes: Slots<Box<[std::sync::OnceLock<IndexMac>]>>,
    /// Opens of each data key that is retired.
    retired: Box<[AtomicU64]>,
}

/// What a keyring is made of, each part verified.
pub(crate) struct KeyringParts {
    pub(crate) firm: FirmId,
    pub(crate) generation: u64,
    pub(crate) min_open_version: u32,
    pub(crate) data: Versions<DataKey>,
    pub(crate) index: Versions<IndexKey>,
    /// What the firm master key derives: a later record under the same one is read without the provider.
    pub(crate) master: Arc<MasterKeys>,
}

impl Keyring {
    pub(crate) fn new(parts: KeyringParts) -> Self {
        Self {
            retired: parts.data.all.iter().map(|_| AtomicU64::new(0)).collect(),
            firm: parts.firm,
            generation: parts.generation,
            min_open_version: parts.min_open_version,
            data: parts.data,
            index: parts.index,
            master: parts.master,
            columns: Slots::new(),
            indexes: Slots::new(),
        }
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// What its master key derives.
    pub(crate) fn master(&self) -> &Arc<MasterKeys> {
        &self.master
    }

    /// Endorses other firms' master keys; used of the platform's keyring only.
    pub(crate) fn endorsement(&self) -> &EndorsementKey {
        &self.master.endorsement
    }

    /// The head and key for sealing a column's cells now.
    pub(crate) fn sealing(&self, place: &ColumnPlace) -> (Head, &ColumnCipher) {
        let head = Head::new(place.kind, self.data.active().version);
        (head, self.column(place, place.kind, self.data.active))
    }

    /// The key that a stored cell names, and its state; `None` when the firm has no such version (any more).
    pub(crate) fn opening(&self, place: &ColumnPlace, head: &Head) -> Option<(&ColumnCipher, KeyState)> {
        let position = self.data.position(head.version())?;
        Some((self.column(place, place.kind, position), self.data.all[position].state))
    }

    /// Counts an open of a retired data key: how many since these keys were loaded.
    pub(crate) fn count_retired(&self, version: u32) -> u64 {
        let count = self.data.position(version).map(|position| &self.retired[position]);
        count.map_or(0, |count| count.fetch_add(1, Ordering::Relaxed) + 1)
    }

    pub(crate) fn firm(&self) -> &FirmId {
        &self.firm
    }

    /// Cells under a lower version are refused.
    pub(crate) fn min_open_version(&self) -> u32 {
        self.min_open_version
    }

    /// The MAC for writing terms now, and its version.
    pub(crate) fn indexing(&self, place: &IndexPlace) -> (u32, &IndexMac) {
        (self.index.active().version, self.index_mac(place, self.index.active))
    }

    /// The MACs of every version that stored terms may have.
    pub(crate) fn lookups(&self, place: &IndexPlace) -> impl Iterator<Item = (u32, &IndexMac)> {
        let versions = self.index.all.iter().enumerate();
        versions.map(move |(position, v)| (v.version, self.index_mac(place, position)))
    }

    fn column(&self, place: &ColumnPlace, kind: Kind, position: usize) -> &ColumnCipher {
        let versions = self.columns.get_or_init(place.slot.number(), || self.data.cells());
        versions[position].get_or_init(|| column_cipher(&self.data.all[position].key, &place.info(&self.firm), kind))
    }

    fn index_mac(&self, place: &IndexPlace, position: usize) -> &IndexMac {
        let versions = self.indexes.get_or_init(place.slot.number(), || self.index.cells());
        versions[position].get_or_init(|| index_mac(&self.index.all[position].key, &place.info(&self.firm)))
    }
}

fn column_cipher(key: &DataKey, info: &[u8], kind: Kind) -> ColumnCipher {
    match kind {
        Kind::RowBound | Kind::ColumnBound => {
            let key = RandomisedColumnKey::init(|out| derive(key.expose(), info, out));
            ColumnCipher::Randomised(Randomised::new(&key))
        }
        Kind::Deterministic => {
            let key = DeterministicColumnKey::init(|out| derive(key.expose(), info, out));
            ColumnCipher::Deterministic(Deterministic::new(key))
        }
    }
}

fn index_mac(key: &IndexKey, info: &[u8]) -> IndexMac {
    let subkey = IndexSubkey::init(|out| derive(key.expose(), info, out));
    IndexMac::new_from_slice(subkey.expose()).expect("HMAC takes keys of any length")
}

/// The versions of one purpose that still have a key, ascending, one of them active.
pub(crate) struct Versions<K> {
    all: Vec<Version<K>>,
    active: usize,
}

pub(crate) struct Version<K> {
    pub(crate) version: u32,
    pub(crate) state: KeyState,
    pub(crate) key: K,
}

impl<K> Versions<K> {
    /// `None` unless exactly one is active. `all` ascends.
    pub(crate) fn new(all: Vec<Version<K>>) -> Option<Self> {
        let mut active = all.iter().enumerate().filter(|(_, v)| v.state == KeyState::Active).map(|(i, _)| i);
        let (first, second) = (active.next()?, active.next());
        drop(active);
        second.is_none().then_some(Self { all, active: first })
    }

    fn active(&self) -> &Version<K> {
        &self.all[self.active]
    }

    fn position(&self, version: u32) -> Option<usize> {
        self.all.binary_search_by_key(&version, |v| v.version).ok()
    }

    /// An empty cell for each version.
    fn cells<T>(&self) -> Box<[std::sync::OnceLock<T>]> {
        self.all.iter().map(|_| std::sync::OnceLock::new()).collect()
    }
}
