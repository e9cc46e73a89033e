//! What only SQLite has: a file.

use std::os::unix::fs::PermissionsExt;

use fieldseal::FirmId;
use fieldseal::keys::StoreError;
use fieldseal::keys::store::SqliteKeyStore;
use pollster::block_on;

use super::place::Place;
use super::records::live;

#[test]
fn the_file_is_its_owners_alone() {
    let place = Place::sqlite();
    let store = place.store();
    assert!(block_on(store.replace(None, &live(&FirmId::Platform, 1, 1))).unwrap());
    for entry in std::fs::read_dir(place.file().parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
    }
}

#[test]
fn only_migrate_makes_a_file() {
    let [place, ..] = Place::unmigrated();
    assert!(block_on(place.store().load(&[])).is_err());
    assert!(!place.file().exists());
}

#[test]
fn memory_and_uris_are_refused_with_advice() {
    for path in ["", ":memory:", "file:x?mode=memory", "sqlite://x"] {
        let Err(error) = SqliteKeyStore::open(path) else { panic!("{path}") };
        assert!(matches!(error, StoreError::BadName { .. }), "{error}");
    }
    let advice = SqliteKeyStore::open(":memory:").err().unwrap().to_string();
    assert!(advice.contains("MemoryKeyStore"), "{advice}");
}

#[test]
fn the_services_own_tables_lie_beside_it_untouched() {
    let [place, ..] = Place::unmigrated();
    std::fs::File::create(place.file()).unwrap();
    place.run("CREATE TABLE clients (id integer); CREATE TABLE __diesel_schema_migrations (version text)", "");
    block_on(place.database_store().migrate()).unwrap();
    let others = "SELECT count(*) AS number FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'fieldseal\\_%' ESCAPE '\\'";
    assert_eq!(place.count(others), 2);
    assert_eq!(place.count("SELECT count(*) AS number FROM __diesel_schema_migrations"), 0);
}

#[test]
fn a_service_that_holds_the_file_makes_the_store_wait() {
    use diesel::connection::SimpleConnection;

    let place = Place::sqlite();
    let mut service = crate::support::sqlite::open(&place.file());
    service.batch_execute("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE").unwrap();
    let store = place.store();
    let writer = std::thread::spawn(move || block_on(store.replace(None, &live(&FirmId::Platform, 1, 1))));
    service.batch_execute("CREATE TABLE clients (id integer); COMMIT").unwrap();
    assert!(writer.join().unwrap().unwrap());
}
