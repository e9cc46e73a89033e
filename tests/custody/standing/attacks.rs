//! A writer of the key store against the notes that lie there.

use std::sync::Arc;

use fieldseal::keys::store::{FirmRecord, MemoryKeyStore};
use fieldseal::testing::TestVault;
use fieldseal::{FirmId, Vault};
use pollster::block_on;

struct Scene {
    store: Arc<MemoryKeyStore>,
    /// Has seen every note.
    warm: Vault,
}

/// Firms `a` and `b`, the first one suspended.
fn scene() -> Scene {
    let store = Arc::new(MemoryKeyStore::new());
    let warm = process(&store);
    for firm in ["a", "b"] {
        block_on(warm.create_firm(firm)).unwrap();
    }
    block_on(warm.admin().suspend("a", "an incident")).unwrap();
    Scene { store, warm }
}

fn process(store: &Arc<MemoryKeyStore>) -> Vault {
    TestVault::new().explicit_firms().store(store.clone()).build()
}

impl Scene {
    fn note(&self, firm: &str) -> Option<Vec<u8>> {
        let mut note = None;
        self.store.tamper(&FirmId::from(firm), |record| {
            note.clone_from(&record.as_ref().unwrap().standing);
            record
        });
        note
    }

    fn put(&self, firm: &str, note: Option<Vec<u8>>) {
        let change = |record: Option<FirmRecord>| Some(FirmRecord { standing: note, ..record.unwrap() });
        self.store.tamper(&FirmId::from(firm), change);
    }

    /// What a session of the firm comes to in the warm process and in a cold one.
    fn codes(&self, firm: &str) -> [&'static str; 2] {
        let code = |vault: &Vault| block_on(vault.session(firm)).map_or_else(|error| error.code(), |_| "ok");
        [code(&self.warm), code(&process(&self.store))]
    }
}

#[test]
fn an_altered_note_is_refused_by_all() {
    let scene = scene();
    let note = scene.note("a").unwrap();
    for at in 0..note.len() {
        let mut altered = note.clone();
        altered[at] ^= 1;
        scene.put("a", Some(altered));
        assert_eq!(scene.codes("a"), ["keys.tampered"; 2], "byte {at}");
    }
    for cut in [0, 1, 32, note.len() - 1] {
        scene.put("a", Some(note[..cut].to_vec()));
        assert_eq!(scene.codes("a"), ["keys.tampered"; 2], "{cut} bytes");
    }
    scene.put("a", Some(note));
    assert_eq!(scene.codes("a"), ["keys.suspended"; 2]);
}

#[test]
fn another_firms_note_is_refused_by_all() {
    let scene = scene();
    block_on(scene.warm.admin().suspend("b", "an incident")).unwrap();
    block_on(scene.warm.admin().reinstate("b")).unwrap();
    let (of_a, of_b) = (scene.note("a"), scene.note("b"));
    scene.put("a", of_b);
    scene.put("b", of_a);
    assert_eq!(scene.codes("a"), ["keys.tampered"; 2]);
    assert_eq!(scene.codes("b"), ["keys.tampered"; 2]);
}

#[test]
fn a_note_of_another_platform_is_refused_by_all() {
    let (scene, other) = (scene(), TestVault::new().seed(9).explicit_firms());
    let store = Arc::new(MemoryKeyStore::new());
    let other = other.store(store.clone()).build();
    block_on(other.create_firm("a")).unwrap();
    block_on(other.admin().suspend("a", "x")).unwrap();
    block_on(other.admin().reinstate("a")).unwrap();
    let forged = Scene { store, warm: other }.note("a");
    scene.put("a", forged);
    assert_eq!(scene.codes("a"), ["keys.tampered"; 2]);
}

#[test]
fn deleting_the_note_is_noticed_by_who_has_seen_it() {
    let scene = scene();
    scene.put("a", None);
    // What a cold process can't notice is in SECURITY.md.
    assert_eq!(scene.codes("a"), ["keys.tampered", "ok"]);
    assert_eq!(block_on(scene.warm.admin().reinstate("a")).unwrap_err().code(), "keys.tampered");
}

#[test]
fn an_older_note_is_noticed_by_who_has_seen_a_later_one() {
    let scene = scene();
    let old = scene.note("a");
    block_on(scene.warm.admin().reinstate("a")).unwrap();
    let free = scene.note("a");
    block_on(scene.warm.admin().suspend("a", "again")).unwrap();
    scene.put("a", free);
    assert_eq!(scene.codes("a"), ["keys.tampered", "ok"]);
    scene.put("a", old);
    assert_eq!(scene.codes("a"), ["keys.tampered", "keys.suspended"]);
}

#[test]
fn another_note_of_the_same_serial_is_noticed_by_who_has_seen_one() {
    let scene = scene();
    // The same history, told otherwise from the same start.
    scene.put("a", None);
    let other = process(&scene.store);
    block_on(other.admin().suspend("a", "told otherwise")).unwrap();
    assert_eq!(scene.codes("a"), ["keys.tampered", "keys.suspended"]);
}

#[test]
fn open_sessions_are_not_kept_by_a_forged_note() {
    let scene = scene();
    block_on(scene.warm.admin().reinstate("a")).unwrap();
    let session = block_on(scene.warm.session("a")).unwrap();
    let mut forged = scene.note("a").unwrap();
    forged.truncate(40);
    scene.put("a", Some(forged));
    block_on(scene.warm.revoke("a")).unwrap();
    assert_eq!(crate::places::state(&session), "keys.revoked");
    assert_eq!(scene.codes("a"), ["keys.tampered"; 2]);
}
