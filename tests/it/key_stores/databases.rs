//! What both databases have and memory has not: tables, their versions, their names.

use std::sync::Barrier;

use fieldseal::FirmId;
use fieldseal::keys::{KeyStore, StoreError};
use pollster::block_on;

use super::place::{Place, Store};
use super::records::live;

/// What each call says when the store can't be used.
fn refusals(store: &dyn KeyStore) -> [StoreError; 4] {
    let firm = FirmId::from(1i64);
    [
        block_on(store.load(std::slice::from_ref(&firm))).unwrap_err(),
        block_on(store.replace(None, &live(&firm, 1, 1))).unwrap_err(),
        block_on(store.replace(Some(1), &live(&firm, 2, 1))).unwrap_err(),
        block_on(store.firms(None, 1)).unwrap_err(),
    ]
}

#[test]
fn without_its_tables_a_store_says_migrate() {
    for place in Place::unmigrated() {
        for error in refusals(&*place.store()) {
            assert!(matches!(error, StoreError::NotMigrated { found: 0, needed: 3 }), "{error:?}");
            assert!(!error.is_retryable());
        }
    }
}

#[test]
fn an_unfinished_history_says_migrate() {
    for place in [Place::sqlite(), Place::postgres_async(), Place::postgres_libpq()] {
        place.run("DELETE FROM fieldseal_versions", "DELETE FROM fieldseal.versions");
        for error in refusals(&*place.store()) {
            assert!(matches!(error, StoreError::NotMigrated { found: 0, needed: 3 }), "{error:?}");
        }
    }
}

#[test]
fn tables_of_a_later_release_are_left_alone_also_under_an_open_connection() {
    for place in [Place::sqlite(), Place::postgres_async(), Place::postgres_libpq()] {
        let store = place.store();
        assert!(block_on(store.replace(None, &live(&FirmId::from(1i64), 1, 1))).unwrap());
        place.run(
            "INSERT INTO fieldseal_versions (version, name) VALUES (9, 'later')",
            "INSERT INTO fieldseal.versions (version, name) VALUES (9, 'later')",
        );
        for error in refusals(&*store) {
            assert!(matches!(error, StoreError::TooNew { found: 9, known: 3 }), "{error:?}");
        }
        let error = block_on(place.database_store().migrate()).unwrap_err();
        assert!(matches!(error, StoreError::TooNew { found: 9, known: 3 }), "{error:?}");
    }
}

#[test]
fn migrating_again_and_at_once_does_nothing() {
    for place in Place::unmigrated() {
        let barrier = Barrier::new(4);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let store = place.database_store();
                    barrier.wait();
                    block_on(store.migrate()).unwrap();
                });
            }
        });
        let store = place.store();
        assert!(block_on(store.replace(None, &live(&FirmId::Platform, 1, 1))).unwrap());
        block_on(place.database_store().migrate()).unwrap();
        assert_eq!(block_on(store.firms(None, 10)).unwrap(), [FirmId::Platform]);
        assert_eq!(place.rows("versions"), Some(3));
    }
}

#[test]
fn stores_under_two_names_share_nothing() {
    for place in [Place::sqlite(), Place::postgres_async(), Place::postgres_libpq()] {
        let named = || place.database_store().named("my_keys2");
        block_on(named().migrate()).unwrap();
        assert!(block_on(named().shared().replace(None, &live(&FirmId::Platform, 1, 1))).unwrap());
        assert_eq!(place.rows("firms"), Some(0));
        assert_eq!(block_on(place.store().load(&[FirmId::Platform])).unwrap(), [None]);
    }
}

#[test]
fn the_reverse_migration_leaves_no_table_and_the_store_can_be_made_again() {
    for place in [Place::sqlite(), Place::postgres_async()] {
        place.run(
            include_str!("../../../migrations/sqlite/0003_standing/down.sql"),
            include_str!("../../../migrations/postgres/0003_standing/down.sql"),
        );
        let error = block_on(place.store().load(&[])).unwrap_err();
        assert!(matches!(error, StoreError::NotMigrated { found: 2, .. }), "{error:?}");
        let fleet = [
            include_str!("../../../migrations/sqlite/0002_fleet/down.sql"),
            include_str!("../../../migrations/postgres/0002_fleet/down.sql"),
        ];
        place.run(fleet[0], fleet[1]);
        let error = block_on(place.store().load(&[])).unwrap_err();
        assert!(matches!(error, StoreError::NotMigrated { found: 1, .. }), "{error:?}");
        place.run(
            include_str!("../../../migrations/sqlite/0001_keys/down.sql"),
            include_str!("../../../migrations/postgres/0001_keys/down.sql"),
        );
        let error = block_on(place.store().load(&[])).unwrap_err();
        assert!(matches!(error, StoreError::NotMigrated { found: 0, .. }), "{error:?}");
        block_on(place.database_store().migrate()).unwrap();
        assert_eq!(block_on(place.store().firms(None, 1)).unwrap(), []);
    }
}

#[test]
fn the_files_run_by_hand_make_the_same_store() {
    for place in Place::unmigrated() {
        if let Store::Sqlite(_) = place.database_store() {
            // A service's own migration tool would have made the file.
            std::fs::File::create(place.file()).unwrap();
        }
        place.run(
            include_str!("../../../migrations/sqlite/0001_keys/up.sql"),
            include_str!("../../../migrations/postgres/0001_keys/up.sql"),
        );
        place.run(
            include_str!("../../../migrations/sqlite/0002_fleet/up.sql"),
            include_str!("../../../migrations/postgres/0002_fleet/up.sql"),
        );
        place.run(
            include_str!("../../../migrations/sqlite/0003_standing/up.sql"),
            include_str!("../../../migrations/postgres/0003_standing/up.sql"),
        );
        assert!(block_on(place.store().replace(None, &live(&FirmId::Platform, 1, 1))).unwrap());
        block_on(place.database_store().migrate()).unwrap();
    }
}

#[test]
fn a_row_that_is_not_ours_is_the_affair_of_its_firm_alone() {
    for place in [Place::sqlite(), Place::postgres_async(), Place::postgres_libpq()] {
        let store = place.store();
        let [good, bad] = [1i64, 2].map(FirmId::from);
        for firm in [&good, &bad] {
            assert!(block_on(store.replace(None, &live(firm, 1, 1))).unwrap());
        }
        place.run(
            "UPDATE fieldseal_firms SET master_version = -1 WHERE firm = 'int:2'",
            "UPDATE fieldseal.firms SET master_version = -1 WHERE firm = 'int:2'",
        );
        let error = block_on(store.load(&[good.clone(), bad])).unwrap_err();
        assert!(matches!(&error, StoreError::Malformed { what } if what == "a master key's version"), "{error:?}");
        assert_eq!(block_on(store.load(std::slice::from_ref(&good))).unwrap(), [Some(live(&good, 1, 1))]);
    }
}

#[test]
fn what_a_database_cannot_hold_is_refused() {
    for place in [Place::sqlite(), Place::postgres_async(), Place::postgres_libpq()] {
        let store = place.store();
        let firm = FirmId::from(1i64);
        let huge = block_on(store.replace(None, &live(&firm, u64::MAX, 1))).unwrap_err();
        assert!(matches!(huge, StoreError::Malformed { .. }), "{huge:?}");
        let unnamed = FirmId::from("a\0b");
        let stored = block_on(store.replace(None, &live(&unnamed, 1, 1))).unwrap_err();
        assert!(matches!(stored, StoreError::Malformed { .. }), "{stored:?}");
        let loaded = block_on(store.load(&[unnamed])).unwrap_err();
        assert!(matches!(loaded, StoreError::Malformed { .. }), "{loaded:?}");
        assert_eq!(block_on(store.firms(None, 9)).unwrap(), []);
    }
}
