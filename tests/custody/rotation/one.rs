//! One firm's rotation, where nothing goes wrong.

use diesel::prelude::*;
use fieldseal::admin::RotateError;
use fieldseal::keys::KeyState::{Active, Pending, Superseded};
use fieldseal::keys::Purpose;
use fieldseal::keys::store::MemoryKeyStore;
use fieldseal::schema::Backend;
use fieldseal::testing::TestVault;
use fieldseal::{FirmId, Vault};
use pollster::block_on;
use std::sync::Arc;

use super::notes::{Login, Note, create, indexing, note, notes, sealing};
use super::{listening, states};
use crate::support::postgres::server;

fn vault() -> Vault {
    let vault = TestVault::new().explicit_firms().build();
    block_on(vault.create_firm("a")).unwrap();
    vault.register::<Note>().unwrap();
    vault
}

#[test]
fn a_fresh_version_seals_and_the_old_one_opens() {
    let vault = vault();
    let session = block_on(vault.session("a")).unwrap();
    let before = session.seal(&note(1, "a")).unwrap();
    let done = block_on(vault.admin().rotate("a", Purpose::Data)).unwrap();
    assert_eq!((done.old, done.new, done.generation_before, done.generation), (1, 2, 1, 3));
    assert_eq!(states(&vault.admin(), "a", Purpose::Data), [(1, Superseded), (2, Active)]);
    assert_eq!(states(&vault.admin(), "a", Purpose::Index), [(1, Active)]);
    assert_eq!(sealing(&session), 2, "an open session follows");
    assert_eq!(session.open(before).unwrap(), note(1, "a"));
}

#[test]
fn each_step_is_told_and_a_dry_run_only_tells() {
    let vault = vault();
    let (admin, told) = listening(vault.admin().dry_run());
    let plan = block_on(admin.rotate("a", Purpose::Data)).unwrap();
    assert_eq!(states(&admin, "a", Purpose::Data), [(1, Active)]);
    let planned = std::mem::take(&mut *told.lock().unwrap());
    assert_eq!(planned[0], "firm text:a: would make data key 2");

    let (admin, told) = listening(vault.admin());
    let done = block_on(admin.rotate("a", Purpose::Data)).unwrap();
    assert_eq!((plan.old, plan.new, plan.generation), (done.old, done.new, done.generation));
    let expected = [
        "firm text:a: make data key 2",
        "firm text:a: wait for every live process",
        "firm text:a: activate data key 2 in place of data key 1",
        "firm text:a: wait for every live process",
    ];
    assert_eq!(*told.lock().unwrap(), expected);
    assert_eq!(planned.iter().map(|line| line.replace("would ", "")).collect::<Vec<_>>(), expected);
}

#[test]
fn numbers_begin_above_what_stored_heads_name() {
    let vault = vault();
    let done = block_on(vault.admin().rotate_above("a", Purpose::Data, 6)).unwrap();
    assert_eq!((done.old, done.new), (1, 7));
    assert_eq!(block_on(vault.admin().rotate("a", Purpose::Data)).unwrap().new, 8);
}

#[test]
fn a_firm_that_does_not_exist_is_an_error() {
    let error = block_on(vault().admin().rotate("b", Purpose::Data)).unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), ("keys.unknown_firm", false));
}

/// Both find the other's work, at whatever point they meet.
#[test]
fn two_operators_at_once_leave_a_clean_record() {
    let store = Arc::new(MemoryKeyStore::new());
    let [one, two] = [(); 2].map(|()| TestVault::new().explicit_firms().store(store.clone()).build());
    block_on(one.create_firm("a")).unwrap();
    for round in 0..20 {
        let before = states(&one.admin(), "a", Purpose::Data).len();
        std::thread::scope(|threads| {
            for vault in [&one, &two] {
                threads.spawn(|| block_on(vault.admin().rotate("a", Purpose::Data)).unwrap());
            }
        });
        let after = states(&one.admin(), "a", Purpose::Data);
        let fresh = after.len() - before;
        assert!((1..=2).contains(&fresh), "round {round}: {after:?}");
        assert_eq!(after.last().unwrap().1, Active, "round {round}: {after:?}");
        assert!(after.iter().all(|(_, state)| *state != Pending), "round {round}: {after:?}");
    }
}

#[test]
fn an_index_key_over_a_unique_index_is_not_rotated() {
    let vault = vault();
    vault.register::<Login>().unwrap();
    let error = block_on(vault.admin().rotate("a", Purpose::Index)).unwrap_err();
    assert!(matches!(error, RotateError::UniqueIndex { table: "logins", index: "name_term" }), "{error}");
    assert_eq!(states(&vault.admin(), "a", Purpose::Index), [(1, Active)]);
    // The platform's key is under none of its terms, and the data keys under no term at all.
    block_on(vault.admin().rotate(FirmId::Platform, Purpose::Index)).unwrap();
    block_on(vault.admin().rotate("a", Purpose::Data)).unwrap();
}

#[test]
fn an_index_key_is_not_rotated_where_nobody_said_what_is_unique() {
    let vault = TestVault::new().explicit_firms().build();
    block_on(vault.create_firm("a")).unwrap();
    let error = block_on(vault.admin().rotate("a", Purpose::Index)).unwrap_err();
    assert_eq!(error.code(), "rotate.no_models");
}

#[test]
fn lookups_ask_for_both_versions_of_an_index_key() {
    let database = server().database("index_rotation");
    let mut conn = PgConnection::establish(&database.url()).unwrap();
    create(&mut conn, Backend::Postgres);
    let vault = vault();
    let session = block_on(vault.session("a")).unwrap();
    let mut insert = |ids: std::ops::Range<i64>| {
        let rows: Vec<_> = ids.map(|id| note(id, "a")).collect();
        diesel::insert_into(notes::table).values(session.seal(&rows).unwrap()).execute(&mut conn).unwrap();
    };
    insert(0..10);
    block_on(vault.admin().rotate("a", Purpose::Index)).unwrap();
    assert_eq!(indexing(&session), 2);
    insert(10..20);
    let found: Vec<i64> = notes::table
        .filter(Note::body().eq(&session, "body 3").unwrap())
        .select(notes::id)
        .order(notes::id)
        .load(&mut conn)
        .unwrap();
    assert_eq!(found, [3, 13]);
}
