//! A revocation reaches every process, by push and by polling.

use pollster::block_on;

use crate::places::{Place, pushed_only, seal, settings, state, until};

fn revocation_reaches_another_process(place: &Place, fleet: fieldseal::FleetSettings) {
    let (one, other) = (place.process(fleet), place.process(fleet));
    let sessions = [block_on(one.session("a")).unwrap(), block_on(other.session("a")).unwrap()];
    assert_eq!(sessions.each_ref().map(state), ["ok", "ok"]);
    block_on(one.revoke("a")).unwrap();
    assert_eq!(state(&sessions[0]), "keys.revoked");
    until(|| state(&sessions[1]) == "keys.revoked");
    // A new session reads the keys anew, in either process, and stays.
    for (vault, session) in [(&one, &sessions[0]), (&other, &sessions[1])] {
        seal(&block_on(vault.session("a")).unwrap()).unwrap();
        assert_eq!(state(session), "ok");
    }
    for vault in [&one, &other] {
        block_on(vault.admin().wait_for_processes()).unwrap();
    }
    assert_eq!(sessions.each_ref().map(state), ["ok", "ok"]);
}

#[test]
fn in_memory() {
    revocation_reaches_another_process(&Place::memory(), pushed_only());
}

#[test]
fn by_polling_on_sqlite() {
    revocation_reaches_another_process(&Place::sqlite(), settings(|_| ()));
}

#[test]
fn by_listen_over_the_async_driver() {
    revocation_reaches_another_process(&Place::postgres_async(), pushed_only());
}

#[test]
fn by_listen_over_libpq() {
    revocation_reaches_another_process(&Place::postgres_libpq(), pushed_only());
}

#[test]
fn by_polling_where_push_is_off() {
    let fleet = settings(|settings| settings.push = false);
    revocation_reaches_another_process(&Place::postgres_async(), fleet);
}
