//! Real processes: stopped, killed, cut off, and gone after a second.

use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use fieldseal::Session;
use pollster::block_on;

use crate::places::{Place, pushed_only, settings, state, until};
use crate::process::{Process, ask, say};
use crate::support::postgres::server;

/// In a child: does what it is told, and says how it went.
pub(crate) fn member() {
    let vault = Place::vault_of_a_child();
    let mut session: Option<Session> = None;
    while let Some(line) = ask() {
        match &*line {
            "session" => match block_on(vault.session("a")) {
                Ok(opened) => {
                    session = Some(opened);
                    say("ok");
                }
                Err(error) => say(error.code()),
            },
            "seal" => say(session.as_ref().map_or("no session", state)),
            "end" => return,
            other => panic!("{other}"),
        }
    }
}

/// A child that holds the firm's keys.
fn child(place: &Place, lease: &str) -> Process {
    let mut environment = place.environment();
    environment.push(("LEASE", lease.to_owned()));
    let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut child = Process::start("fleet", &environment);
    assert_eq!(told(&mut child, "session"), "ok");
    assert_eq!(told(&mut child, "seal"), "ok");
    child
}

fn told(child: &mut Process, line: &str) -> String {
    child.tell(line);
    child.hear()
}

const AN_HOUR: &str = "3600000";

fn a_process_that_was_stopped_past_its_lease_never_seals_by_what_it_held(place: &Place) {
    let vault = place.process(settings(|_| ()));
    let _session = block_on(vault.session("a")).unwrap();
    let mut child = child(place, "600");
    child.signal("STOP");
    block_on(vault.revoke("a")).unwrap();
    block_on(vault.admin().wait_for_processes()).unwrap();
    assert_eq!(place.processes(), 1, "the child was evicted");
    // It finds the line when it goes on, before any of its timers.
    child.tell("seal");
    child.signal("CONT");
    let first = child.hear();
    assert!(["keys.lease_ended", "keys.revoked"].contains(&&*first), "{first}");
    // Not even after it has joined again: the revocation is not forgotten.
    until(|| place.processes() == 2);
    for _ in 0..20 {
        assert_ne!(told(&mut child, "seal"), "ok");
    }
    assert_eq!((told(&mut child, "session"), told(&mut child, "seal")), ("ok".into(), "ok".into()));
}

#[test]
fn a_process_that_was_stopped_past_its_lease_never_seals_by_what_it_held_on_postgres() {
    a_process_that_was_stopped_past_its_lease_never_seals_by_what_it_held(&Place::postgres_async());
    a_process_that_was_stopped_past_its_lease_never_seals_by_what_it_held(&Place::postgres_libpq());
}

#[test]
fn a_process_that_was_stopped_past_its_lease_never_seals_by_what_it_held_on_sqlite() {
    a_process_that_was_stopped_past_its_lease_never_seals_by_what_it_held(&Place::sqlite());
}

#[test]
fn a_process_that_was_stopped_within_its_lease_goes_on() {
    let place = Place::sqlite();
    let mut child = child(&place, AN_HOUR);
    child.signal("STOP");
    child.tell("seal");
    child.signal("CONT");
    assert_eq!(child.hear(), "ok");
}

#[test]
fn a_killed_process_is_waited_for_until_its_lease_has_ended() {
    for place in [Place::sqlite(), Place::postgres_async()] {
        let vault = place.process(settings(|_| ()));
        let _session = block_on(vault.session("a")).unwrap();
        let mut child = child(&place, "300");
        child.signal("KILL");
        assert!(!child.wait());
        assert_eq!(place.processes(), 2, "nobody knows that it is dead");
        block_on(vault.revoke("a")).unwrap();
        block_on(vault.admin().wait_for_processes()).unwrap();
        assert_eq!(place.processes(), 1);
    }
}

/// With leases of an hour, of which nobody waits for one.
#[test]
fn a_script_leaves_when_it_ends() {
    for place in [Place::sqlite(), Place::postgres_async(), Place::postgres_libpq()] {
        let vault = place.process(pushed_only());
        let mut child = child(&place, AN_HOUR);
        assert_eq!(place.processes(), 1);
        child.tell("end");
        assert!(child.wait());
        assert_eq!(place.processes(), 0);
        block_on(vault.revoke("a")).unwrap();
        block_on(vault.admin().wait_for_processes()).unwrap();
    }
}

#[test]
fn a_process_that_is_cut_off_stops_at_the_end_of_its_lease_and_goes_on_when_the_store_is_back() {
    for place in [Place::postgres_async(), Place::postgres_libpq()] {
        let mut child = child(&place, "600");
        reach(&place, false);
        until(|| match &*told(&mut child, "seal") {
            "ok" => false,
            "keys.lease_ended" => true,
            other => panic!("{other}"),
        });
        assert!(told(&mut child, "session").starts_with("store."));
        reach(&place, true);
        // The session that it has held all along.
        until(|| told(&mut child, "seal") == "ok");
    }
}

/// Lets connections to the place's database be made, or ends and refuses them all.
fn reach(place: &Place, allowed: bool) {
    let mut admin = PgConnection::establish(server().direct_url()).unwrap();
    let name = place.database();
    sql_query(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}")).execute(&mut admin).unwrap();
    if !allowed {
        let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        sql_query(end).execute(&mut admin).unwrap();
    }
}
