//! Unit tests: keyrings of several versions, which no rotation has made yet, seal, open and look up as states say.

mod ahead;

use std::sync::Arc;

use pollster::block_on;

use super::error::{KeyError, Tampering};
use super::fixtures::{Draft, endorsement, firm, master};
use super::manifest::{KeyState, ManifestError, ONE_ACTIVE};
use super::store::{FirmRecord, KeysRecord, MemoryKeyStore, Purpose, RecordContent, VersionRecord};
use super::verify::verify;
use crate::Encrypted;
use crate::context::{FirmId, IndexPlace};
use crate::envelope::Head;
use crate::session::{Session, Vault};
use crate::testing::TestVault;
use KeyState::{Active, Destroyed, Pending, Retired, Superseded};

diesel::table! {
    use diesel::sql_types::*;
    use crate::schema_types::*;

    notes (id) {
        id -> BigInt,
        firm -> Text,
        body -> FieldsealText,
    }
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(firm = firm, derive(Queryable))]
struct Note {
    id: i64,
    firm: String,
    #[encrypted]
    body: String,
}

/// A vault whose store the test rewrites.
struct Scene {
    store: Arc<MemoryKeyStore>,
    vault: Vault,
}

impl Scene {
    fn new() -> Self {
        let store = Arc::new(MemoryKeyStore::new());
        let vault = TestVault::new().store(store.clone()).explicit_firms().build();
        Self { store, vault }
    }

    /// A session after the firm's record was replaced.
    fn load(&self, draft: &Draft) -> Result<Session, KeyError> {
        let platform = block_on(self.vault.custody().slot(&FirmId::Platform))?;
        let record = draft.record(platform.ring()?.endorsement());
        self.store.tamper(&firm(), |_| Some(record));
        block_on(self.vault.revoke(firm())).unwrap();
        block_on(self.vault.session(firm()))
    }

    /// A cell under each of the data keys 1 to `count`, as the records of their time sealed them.
    fn cells(&self, count: usize) -> Vec<SealedNote> {
        let sealed = |active: usize| {
            let draft = Draft { generation: active as u64, data: active_at(active, active), ..Draft::default() };
            self.load(&draft).unwrap().seal(&note()).unwrap()
        };
        (1..=count).map(sealed).collect()
    }
}

fn active_at(active: usize, count: usize) -> Vec<KeyState> {
    (1..=count).map(|n| if n == active { Active } else { Superseded }).collect()
}

fn note() -> Note {
    Note { id: 1, firm: "a".into(), body: "text".into() }
}

fn version(sealed: &SealedNote) -> u32 {
    Head::parse(sealed.body.as_bytes().unwrap()).unwrap().version()
}

#[test]
fn seals_under_the_active_version_and_opens_all_that_have_a_key() {
    let s = Scene::new();
    let cells = s.cells(6);
    assert_eq!(cells.iter().map(version).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    let data = vec![Destroyed, Retired, Superseded, Active, Pending];
    let session = s.load(&Draft { generation: 7, data, ..Draft::default() }).unwrap();
    assert_eq!(version(&session.seal(&note()).unwrap()), 4);
    let opened = cells.into_iter().map(|cell| session.open(cell).map_err(|error| error.code()));
    let unknown = || Err("open.unknown_version");
    let expected = [unknown(), Ok(note()), Ok(note()), Ok(note()), Ok(note()), unknown()];
    assert_eq!(opened.collect::<Vec<_>>(), expected);
}

#[test]
fn cells_below_the_minimum_are_refused() {
    let s = Scene::new();
    let cells = s.cells(3);
    let draft = Draft { generation: 4, min_open_version: 2, data: active_at(3, 3), ..Draft::default() };
    let session = s.load(&draft).unwrap();
    let opened: Vec<_> = cells.into_iter().map(|cell| session.open(cell).map_err(|error| error.code())).collect();
    assert_eq!(opened, [Err("open.below_minimum"), Ok(note()), Ok(note())]);
}

#[test]
fn an_old_session_follows_a_new_record() {
    let s = Scene::new();
    let session = s.load(&Draft::default()).unwrap();
    s.load(&Draft { generation: 2, data: active_at(2, 2), ..Draft::default() }).unwrap();
    assert_eq!(version(&session.seal(&note()).unwrap()), 2);
}

#[test]
fn an_older_generation_is_a_roll_back() {
    let s = Scene::new();
    s.load(&Draft { generation: 5, ..Draft::default() }).unwrap();
    let error = s.load(&Draft { generation: 4, ..Draft::default() }).unwrap_err();
    assert!(matches!(error, KeyError::Tampered { what: Tampering::RolledBack { found: 4, seen: 5 }, .. }), "{error}");
}

#[test]
fn another_history_of_one_generation_is_refused() {
    let s = Scene::new();
    s.load(&Draft { generation: 5, ..Draft::default() }).unwrap();
    let error = s.load(&Draft { generation: 5, data: active_at(2, 2), ..Draft::default() }).unwrap_err();
    assert!(matches!(error, KeyError::Tampered { what: Tampering::Forked { generation: 5 }, .. }), "{error}");
}

#[test]
fn terms_are_made_under_the_active_version_and_sought_under_all_that_have_a_key() {
    static PLACE: IndexPlace = IndexPlace::new("notes", "body_term", "text", "none/1", 128);
    let ring = Draft { index: vec![Destroyed, Superseded, Active, Pending], ..Draft::default() }.keyring();
    assert_eq!(ring.indexing(&PLACE).0, 3);
    assert_eq!(ring.lookups(&PLACE).map(|(version, _)| version).collect::<Vec<_>>(), [2, 3, 4]);
}

/// What `verify` says of a draft's record after a change.
fn verified(draft: &Draft, change: impl FnOnce(&mut KeysRecord)) -> Result<(), Tampering> {
    let platform = endorsement();
    let FirmRecord { content: RecordContent::Keys(mut keys), generation, .. } = draft.record(&platform) else {
        unreachable!("a draft has keys")
    };
    change(&mut keys);
    let record = FirmRecord { firm: firm(), generation, content: RecordContent::Keys(keys.clone()), standing: None };
    verify(&firm(), &record, &keys, &master(), Some(&platform)).map(drop)
}

#[test]
fn a_manifest_without_exactly_one_active_version_is_refused_though_authentic() {
    for states in [vec![], vec![Superseded], vec![Active, Active], vec![Pending], vec![Destroyed]] {
        let of_data = Draft { data: states.clone(), ..Draft::default() };
        let of_index = Draft { index: states, ..Draft::default() };
        for draft in [of_data, of_index] {
            assert_eq!(verified(&draft, |_| ()), Err(Tampering::Manifest(ManifestError::Inconsistent(ONE_ACTIVE))));
        }
    }
}

#[test]
fn a_destroyed_version_that_is_back_is_refused() {
    let draft = Draft { data: vec![Destroyed, Active], ..Draft::default() };
    assert_eq!(verified(&draft, |_| ()), Ok(()));
    let back = |keys: &mut KeysRecord| {
        let wrapped = keys.versions[0].wrapped.clone();
        keys.versions.insert(0, VersionRecord { purpose: Purpose::Data, version: 1, wrapped });
    };
    assert_eq!(verified(&draft, back), Err(Tampering::WrongVersions { purpose: "data" }));
}

#[test]
fn wrapped_keys_of_two_versions_swapped_are_refused() {
    let draft = Draft { data: active_at(2, 2), ..Draft::default() };
    let swapped = |keys: &mut KeysRecord| {
        let [first, second, ..] = &mut keys.versions[..] else { panic!("three keys") };
        std::mem::swap(&mut first.wrapped, &mut second.wrapped);
    };
    assert_eq!(verified(&draft, swapped), Err(Tampering::WrongKey { purpose: "data", version: 1 }));
}

#[test]
fn rows_in_any_order_are_the_same_rows() {
    let draft = Draft { data: active_at(3, 3), ..Draft::default() };
    assert_eq!(verified(&draft, |keys| keys.versions.reverse()), Ok(()));
}
