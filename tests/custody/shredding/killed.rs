//! Operators' processes, killed at each step of a shredding, and the next one.

use std::path::Path;

use diesel::prelude::*;
use fieldseal::keys::LocalKeys;
use fieldseal::keys::store::SqliteKeyStore;
use fieldseal::schema::Backend;
use fieldseal::{FleetSettings, Vault};
use pollster::block_on;

use super::code;
use crate::erasure::{Ahead, Login, WEEK, create, request, shred, terms, write};
use crate::process::{Process, ask, say};

const DIRECTORY: &str = "FIELDSEAL_TEST_SHREDDING";

/// A vault over the directory's key store, a week later.
fn vault(directory: &Path, now: &Ahead) -> Vault {
    let store = SqliteKeyStore::open(directory.join("keys.db")).unwrap();
    let mut fleet = FleetSettings::default();
    // Short, since the killed one's is waited for.
    fleet.lease = std::time::Duration::from_millis(1500);
    let keys = LocalKeys::open_or_create(directory.join("kek")).unwrap();
    let vault = Vault::builder().provider(keys).store(store).clock(now.clock()).fleet(fleet).build().unwrap();
    vault.register::<Login>().unwrap();
    vault
}

fn rows(directory: &Path) -> SqliteConnection {
    SqliteConnection::establish(directory.join("rows.db").to_str().unwrap()).unwrap()
}

fn later() -> Ahead {
    let clock = Ahead::new();
    clock.pass(WEEK + std::time::Duration::from_secs(3600));
    clock
}

/// In a child: shreds, and waits at each step for leave to go on.
pub(crate) fn operator() {
    let (directory, now) = (std::env::var(DIRECTORY).unwrap(), later());
    let admin = vault(Path::new(&directory), &now).admin().telling(|progress| {
        say(&progress.to_string());
        ask();
    });
    shred(&admin, "a", &mut rows(Path::new(&directory))).unwrap();
    say("done");
}

/// Kills an operator at its step of this number; whether it came to its end instead, and the step's line.
fn killed_at(directory: &Path, step: usize) -> (bool, String) {
    let mut operator = Process::start("shredding-operator", &[(DIRECTORY, directory.to_str().unwrap())]);
    for _ in 0..step {
        operator.hear();
        operator.tell("go on");
    }
    let last = operator.hear();
    if last == "done" {
        return (true, last);
    }
    operator.signal("KILL");
    assert!(!operator.wait());
    (false, last)
}

#[test]
fn an_operator_killed_at_any_step_leaves_a_firm_that_works_or_one_that_is_gone() {
    let (mut whole, mut gone) = (0, 0);
    for step in 0.. {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        block_on(SqliteKeyStore::open(directory.join("keys.db")).unwrap().migrate()).unwrap();
        let (now, then) = (Ahead::new(), later());
        let first = vault(directory, &now);
        block_on(first.initialize()).unwrap();
        block_on(first.create_firm("a")).unwrap();
        let mut conn = rows(directory);
        create(&mut conn, Backend::Sqlite);
        write(&first, &mut conn, "a", 1..4);
        block_on(first.admin().request_shred("a", request().keep_working())).unwrap();

        let (ended, last) = killed_at(directory, step);
        let next = vault(directory, &then);
        match code(block_on(next.session("a"))) {
            "ok" => {
                whole += 1;
                assert_eq!(terms(&mut conn, "a"), 3, "after {last:?}: a firm that works keeps its terms");
            }
            "keys.shredded" => {
                gone += 1;
                // What is left unfinished says so.
                let facts = block_on(next.admin().certificate("a")).unwrap().facts().unwrap();
                assert_eq!(facts.terms[0].rows, 3, "after {last:?}");
                assert!(facts.complete.is_none() || terms(&mut conn, "a") == 0, "after {last:?}");
            }
            other => panic!("after {last:?}: {other}"),
        }
        let certificate = shred(&next.admin(), "a", &mut conn).unwrap();
        let facts = certificate.facts().unwrap();
        assert!(facts.complete.is_some(), "after {last:?}");
        assert_eq!((terms(&mut conn, "a"), facts.terms[0].rows), (0, 3), "after {last:?}");
        assert_eq!(block_on(next.admin().certificate("a")).unwrap(), certificate);
        assert_eq!(code(block_on(first.session("a"))), "keys.shredded");
        if ended {
            break;
        }
    }
    assert!(whole > 0 && gone > 2, "{whole} and {gone}");
}
