//! Key stores that are restored from a backup: without phases, so that models in transit are refused until an operator
//! begins their jobs again.

use std::io::Cursor;
use std::sync::Arc;

use fieldseal::Vault;
use fieldseal::admin::RestoreOptions;
use fieldseal::keys::LocalKeys;
use fieldseal::keys::Phase::{DualWrite, Expanded};
use fieldseal::keys::store::MemoryKeyStore;
use pollster::block_on;

use super::{InTransit, note, phase};

fn process(directory: &tempfile::TempDir, store: &Arc<MemoryKeyStore>) -> Vault {
    let keys = LocalKeys::open_or_create(directory.path().join("key")).unwrap();
    let vault = Vault::builder().provider(keys).shared_store(store.clone()).build().unwrap();
    vault.register::<InTransit>().unwrap();
    vault
}

#[test]
fn a_restored_key_store_knows_no_phases_until_an_operator_begins_the_jobs_again() {
    let directory = tempfile::tempdir().unwrap();
    let (store, empty) = (Arc::default(), Arc::default());
    let vault = process(&directory, &store);
    block_on(vault.initialize()).unwrap();
    block_on(vault.create_firm("a")).unwrap();
    block_on(vault.admin().begin_job("seal", "clients", &["email"])).unwrap();
    block_on(vault.admin().advance_phase("seal", Expanded)).unwrap();
    assert!(note(&store).is_some());
    let mut backup = Vec::new();
    block_on(vault.admin().backup(&mut backup)).unwrap();

    let restored = process(&directory, &empty);
    block_on(restored.admin().restore(Cursor::new(&backup), RestoreOptions::default())).unwrap();
    assert_eq!(note(&empty), None);
    drop(block_on(restored.session("a")).unwrap());
    assert_eq!(phase(&restored), None, "the keys are back, and the phases are not");
    assert_eq!(block_on(restored.admin().phases()).unwrap(), []);

    block_on(restored.admin().begin_job("seal", "clients", &["email"])).unwrap();
    assert_eq!(phase(&restored), Some(Expanded));
    assert_eq!(block_on(restored.admin().advance_phase("seal", Expanded)).unwrap(), DualWrite);
}
