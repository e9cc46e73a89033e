//! The certificate of a shredding: what it says, and that nobody else can say it.

use fieldseal::admin::{ShredCertificate, ShredFacts};
use fieldseal::keys::Purpose;
use fieldseal::testing::TestVault;
use fieldseal::{FirmId, Vault};
use pollster::block_on;

use crate::erasure::{Ahead, Login, WEEK, over_every_store, request, rows, shred, write};
use crate::places::{Place, settings};

over_every_store! {
    it_says_what_became_unreadable_and_stays_the_same
    an_altered_one_is_refused
}

/// Firm `a`, shredded after a rotation.
fn shredded(place: &Place) -> (Vault, ShredCertificate) {
    let clock = Ahead::new();
    let vault = place.builder().clock(clock.clock()).build().unwrap();
    vault.register::<Login>().unwrap();
    let (admin, mut conn) = (vault.admin(), rows());
    write(&vault, &mut conn, "a", 1..4);
    block_on(admin.rotate("a", Purpose::Data)).unwrap();
    block_on(admin.request_shred("a", request())).unwrap();
    clock.pass(WEEK);
    let certificate = shred(&admin, "a", &mut conn).unwrap();
    (vault, certificate)
}

fn it_says_what_became_unreadable_and_stays_the_same(place: &Place) {
    let (vault, certificate) = shredded(place);
    let facts = certificate.facts().unwrap();
    assert_eq!((facts.firm.as_str(), facts.generation, facts.manifest_verified), ("text:a", 4, true));
    let requested = facts.requested.as_ref().unwrap();
    assert_eq!((requested.by.as_str(), requested.reason.as_str()), ("the data protection officer", "erasure"));
    assert!(requested.requested < requested.due && requested.due <= facts.when);
    let versions: Vec<_> =
        facts.versions.iter().map(|v| (v.purpose.as_str(), v.version, v.state.as_str(), v.commitment.len())).collect();
    assert_eq!(versions, [("data", 1, "superseded", 64), ("data", 2, "active", 64), ("index", 1, "active", 64)]);
    assert_eq!((facts.master.version, facts.master.provider.as_str(), facts.master.commitment.len()), (1, "local", 64));
    let columns: Vec<_> = facts.columns.iter().map(|c| (c.table.as_str(), c.column.as_str())).collect();
    assert_eq!(columns, [("logins", "name")]);
    let held: Vec<_> = facts.still_held.iter().map(|held| held.what.as_str()).collect();
    assert_eq!(held, ["kek", "key-store-backups", "key-store-log", "escrow"]);
    let complete = facts.complete.as_ref().unwrap();
    assert!(complete.processes.iter().all(|process| process.epoch >= complete.epoch));
    assert!(!complete.processes.is_empty());

    let cold = place.process(settings(|_| ()));
    for vault in [&vault, &cold] {
        assert_eq!(block_on(vault.admin().certificate("a")).unwrap(), certificate);
        assert_eq!(block_on(vault.admin().verify_certificate(&certificate.to_json())).unwrap(), facts);
    }
    // Shredding once more changes nothing.
    cold.register::<Login>().unwrap();
    assert_eq!(shred(&cold.admin(), "a", &mut rows()).unwrap(), certificate);
}

fn an_altered_one_is_refused(place: &Place) {
    let (vault, certificate) = shredded(place);
    let json = certificate.to_json();
    let verify = |json: &str| -> Result<ShredFacts, &'static str> {
        block_on(vault.admin().verify_certificate(json)).map_err(|error| error.code())
    };
    assert!(verify(&json).is_ok());
    let altered = [
        json.replace("text:a", "text:b"),
        json.replace("\\\"generation\\\":4", "\\\"generation\\\":5"),
        json.replace("logins", "logouts"),
    ];
    for altered in altered {
        assert_ne!(altered, json);
        assert_eq!(verify(&altered), Err("certificate.not_authentic"), "{altered}");
    }
    // One from before the platform's key was changed: what it says is what lies in the store, authentic.
    assert!(verify(&json.replacen("\"mac\":\"", "\"mac\":\"00", 1)).is_ok());
    for bad in ["", "{}", "{\"body\":\"{}\",\"mac\":\"\"}", &json[1..]] {
        assert_eq!(verify(bad), Err("certificate.malformed"), "{bad}");
    }
    assert_eq!(block_on(vault.admin().certificate("b")).unwrap_err().code(), "keys.unknown_firm");
    block_on(vault.create_firm("b")).unwrap();
    assert_eq!(block_on(vault.admin().certificate("b")).unwrap_err().code(), "certificate.not_shredded");
}

#[test]
fn another_services_certificate_is_refused() {
    let (_, certificate) = shredded(&Place::memory());
    let other = TestVault::new().explicit_firms().build();
    let refused = block_on(other.admin().verify_certificate(&certificate.to_json())).unwrap_err();
    assert_eq!(refused.code(), "certificate.not_authentic");
    block_on(other.create_firm("a")).unwrap();
    let refused = block_on(other.admin().verify_certificate(&certificate.to_json())).unwrap_err();
    assert_eq!(refused.code(), "certificate.not_authentic");
}

#[test]
fn a_stored_certificate_that_was_tampered_with_is_refused() {
    let store = std::sync::Arc::new(fieldseal::keys::store::MemoryKeyStore::new());
    let vault = TestVault::new().explicit_firms().store(store.clone()).build();
    block_on(vault.create_firm("a")).unwrap();
    block_on(fieldseal::danger::shred_firm(&vault, "a")).unwrap();
    assert!(block_on(vault.admin().certificate("a")).is_ok());
    for note in [None, Some(b"{}".to_vec())] {
        store.tamper(&FirmId::from("a"), |record| {
            Some(fieldseal::keys::FirmRecord { standing: note.clone(), ..record.unwrap() })
        });
        assert_eq!(block_on(vault.admin().certificate("a")).unwrap_err().code(), "keys.tampered");
        assert_eq!(block_on(vault.session("a")).map(drop).unwrap_err().code(), "keys.shredded", "it stays shredded");
    }
}

#[test]
fn another_firms_certificate_beside_a_tombstone_is_refused() {
    use std::sync::Arc;

    use fieldseal::danger;
    use fieldseal::keys::store::{FirmRecord, MemoryKeyStore};

    let store = Arc::new(MemoryKeyStore::new());
    let vault = TestVault::new().explicit_firms().store(store.clone()).build();
    for firm in ["a", "b"] {
        block_on(vault.create_firm(firm)).unwrap();
        block_on(danger::shred_firm(&vault, firm)).unwrap();
    }
    let mut stolen = None;
    store.tamper(&FirmId::from("a"), |record| {
        stolen.clone_from(&record.as_ref().unwrap().standing);
        record
    });
    store.tamper(&FirmId::from("b"), |record| Some(FirmRecord { standing: stolen, ..record.unwrap() }));
    assert!(block_on(vault.admin().certificate("a")).is_ok());
    assert_eq!(block_on(vault.admin().certificate("b")).unwrap_err().code(), "keys.tampered");
}
