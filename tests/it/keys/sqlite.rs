//! The decisive changes of a malicious writer again, by SQL, on a store that outlives processes.

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use fieldseal::danger::shred_firm;
use fieldseal::keys::store::SqliteKeyStore;
use fieldseal::keys::{ProviderErrorKind, Tampering};
use fieldseal::{KeyError, Vault};
use pollster::block_on;
use tempfile::TempDir;

use super::tools::*;

/// A file with the firms `a` and `b`, and a process that has used both.
struct Scene {
    directory: TempDir,
    running: Vault,
}

fn scene() -> Scene {
    let directory = tempfile::tempdir().unwrap();
    crate::support::sqlite::watch();
    let store = SqliteKeyStore::open(directory.path().join("keys.db")).unwrap();
    block_on(store.migrate()).unwrap();
    let running = process(Steered::default(), Arc::new(store));
    running.blocking().initialize().unwrap();
    for firm in ["a", "b"] {
        running.blocking().create_firm(firm).unwrap();
    }
    Scene { directory, running }
}

impl Scene {
    fn cold(&self) -> Vault {
        process(Steered::default(), Arc::new(SqliteKeyStore::open(self.directory.path().join("keys.db")).unwrap()))
    }

    fn sql(&self, statements: &str) {
        let file = self.directory.path().join("keys.db");
        let mut conn = crate::support::sqlite::open(&file);
        conn.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
        conn.batch_execute(statements).unwrap();
    }

    /// What a cold process says of firm `a`; the running one, reading again, must say the same.
    fn refused(&self) -> KeyError {
        self.running.blocking().revoke("a").unwrap();
        let warm = self.running.blocking().session("a").unwrap_err();
        let cold = self.cold().blocking().session("a").unwrap_err();
        assert_eq!(cold.to_string(), warm.to_string());
        cold
    }

    fn tampering(&self) -> Tampering {
        tampering(self.refused())
    }
}

fn tampering(error: KeyError) -> Tampering {
    match error {
        KeyError::Tampered { what, .. } => what,
        other => panic!("{other}"),
    }
}

/// Takes a column of firm `b` for firm `a`.
fn taken(column: &str) -> String {
    format!(
        "UPDATE fieldseal_firms SET {column} = (SELECT {column} FROM fieldseal_firms WHERE firm = 'text:b') \
         WHERE firm = 'text:a'"
    )
}

#[test]
fn a_cold_process_reads_what_another_one_sealed() {
    let s = scene();
    let sealed = seal(&s.running.blocking().session("a").unwrap()).unwrap();
    open(&s.cold().blocking().session("a").unwrap(), &sealed).unwrap();
}

#[test]
fn rows_of_two_firms_swapped() {
    let s = scene();
    s.sql(
        "PRAGMA foreign_keys = OFF; \
         UPDATE fieldseal_firms SET firm = 'x' WHERE firm = 'text:a'; \
         UPDATE fieldseal_firms SET firm = 'text:a' WHERE firm = 'text:b'; \
         UPDATE fieldseal_firms SET firm = 'text:b' WHERE firm = 'x'; \
         UPDATE fieldseal_firm_keys SET firm = 'x' WHERE firm = 'text:a'; \
         UPDATE fieldseal_firm_keys SET firm = 'text:a' WHERE firm = 'text:b'; \
         UPDATE fieldseal_firm_keys SET firm = 'text:b' WHERE firm = 'x'",
    );
    assert_eq!(provider_kind(&s.refused()), Some(ProviderErrorKind::Unauthentic));
}

#[test]
fn another_firms_master_key_manifest_or_endorsement() {
    let s = scene();
    s.sql(&taken("wrapped"));
    assert_eq!(provider_kind(&s.refused()), Some(ProviderErrorKind::Unauthentic));
    let s = scene();
    s.sql(&taken("manifest"));
    assert_eq!(s.tampering(), Tampering::Disagree("firm"));
    let s = scene();
    s.sql(&taken("endorsement"));
    assert_eq!(s.tampering(), Tampering::NotEndorsed);
}

#[test]
fn firm_keys_of_another_firm() {
    let s = scene();
    s.sql(
        "UPDATE fieldseal_firm_keys SET wrapped = (SELECT wrapped FROM fieldseal_firm_keys AS other \
         WHERE other.firm = 'text:b' AND other.purpose = fieldseal_firm_keys.purpose) WHERE firm = 'text:a'",
    );
    assert_eq!(s.tampering(), Tampering::WrongKey { purpose: "data", version: 1 });
}

#[test]
fn firm_keys_missing_or_too_many() {
    let s = scene();
    s.sql("DELETE FROM fieldseal_firm_keys WHERE firm = 'text:a' AND purpose = 'index'");
    assert_eq!(s.tampering(), Tampering::WrongVersions { purpose: "index" });
    let s = scene();
    s.sql("INSERT INTO fieldseal_firm_keys SELECT firm, purpose, 2, wrapped FROM fieldseal_firm_keys WHERE firm = 'text:a'");
    assert_eq!(s.tampering(), Tampering::WrongVersions { purpose: "data" });
}

#[test]
fn rows_doubled_where_the_table_was_made_anew_without_its_key() {
    let s = scene();
    s.sql(
        "CREATE TABLE doubled AS SELECT * FROM fieldseal_firm_keys; \
         INSERT INTO doubled SELECT * FROM fieldseal_firm_keys WHERE firm = 'text:a'; \
         DROP TABLE fieldseal_firm_keys; ALTER TABLE doubled RENAME TO fieldseal_firm_keys",
    );
    assert_eq!(s.tampering(), Tampering::WrongVersions { purpose: "data" });
}

#[test]
fn another_kek_or_provider_is_refused_without_a_call() {
    for column in ["kek", "provider"] {
        let s = scene();
        s.sql(&format!("UPDATE fieldseal_firms SET {column} = 'planted' WHERE firm = 'text:a'"));
        let (provider, store) = (Steered::default(), SqliteKeyStore::open(s.directory.path().join("keys.db")));
        let cold = process(provider.clone(), Arc::new(store.unwrap()));
        assert_eq!(cold.blocking().session("a").unwrap_err().code(), "keys.foreign_kek");
        assert_eq!((provider.unwraps(), provider.inner.calls()), (0, 0));
        assert_eq!(s.refused().code(), "keys.foreign_kek");
    }
}

#[test]
fn rows_deleted() {
    let s = scene();
    s.sql("DELETE FROM fieldseal_firm_keys WHERE firm = 'text:a'; DELETE FROM fieldseal_firms WHERE firm = 'text:a'");
    s.running.blocking().revoke("a").unwrap();
    assert_eq!(tampering(s.running.blocking().session("a").unwrap_err()), Tampering::Vanished { seen: 1 });
    assert_eq!(s.cold().blocking().session("a").unwrap_err().code(), "keys.unknown_firm");
    s.sql("DELETE FROM fieldseal_firm_keys; DELETE FROM fieldseal_firms WHERE firm = 'platform'");
    let cold = s.cold().blocking();
    assert_eq!(tampering(cold.initialize().unwrap_err()), Tampering::Vanished { seen: 1 });
}

#[test]
fn keys_put_back_over_a_tombstone() {
    let s = scene();
    s.sql(
        "CREATE TABLE old AS SELECT * FROM fieldseal_firms WHERE firm = 'text:a'; \
         CREATE TABLE old_keys AS SELECT * FROM fieldseal_firm_keys WHERE firm = 'text:a'",
    );
    block_on(shred_firm(&s.running, "a")).unwrap();
    assert_eq!(s.refused().code(), "keys.shredded");
    s.sql(
        "DELETE FROM fieldseal_firms WHERE firm = 'text:a'; INSERT INTO fieldseal_firms SELECT * FROM old; \
         INSERT INTO fieldseal_firm_keys SELECT * FROM old_keys",
    );
    let warm = s.running.blocking().session("a").unwrap_err();
    assert_eq!(tampering(warm), Tampering::RolledBack { found: 1, seen: 2 });
    s.cold().blocking().session("a").expect("undetected by a cold process: SECURITY.md says so");
}

#[test]
fn a_tombstone_moved_to_another_firm() {
    let s = scene();
    block_on(shred_firm(&s.running, "b")).unwrap();
    s.sql(
        "DELETE FROM fieldseal_firm_keys WHERE firm = 'text:a'; DELETE FROM fieldseal_firms WHERE firm = 'text:a'; \
         INSERT INTO fieldseal_firms (firm, generation, tombstone) \
         SELECT 'text:a', generation, tombstone FROM fieldseal_firms WHERE firm = 'text:b'",
    );
    assert_eq!(s.tampering(), Tampering::Tombstone);
}

#[test]
fn numbers_that_no_release_writes() {
    for (generation, code) in [("-1", "store.malformed"), ("9223372036854775807", "keys.tampered")] {
        let s = scene();
        s.sql(&format!("UPDATE fieldseal_firms SET generation = {generation} WHERE firm = 'text:a'"));
        assert_eq!(s.refused().code(), code);
    }
}
