//! Processes that stand still while an operator takes a step.

use std::thread;

use fieldseal::Vault;
use fieldseal::keys::Phase::{DualWrite, Expanded};
use pollster::block_on;

use super::{InTransit, phase};
use crate::places::{Place, settings, until};
use crate::process::{Process, ask, say};

/// In a child: says the phase that it works by, as often as it is asked.
pub(crate) fn member() {
    let vault = Place::vault_of_a_child();
    vault.register::<InTransit>().unwrap();
    let _session = block_on(vault.session("a")).unwrap();
    while ask().is_some() {
        say(&format!("{:?}", phase(&vault)));
    }
}

/// A child that works by `expanded`, and is stopped.
fn stopped(place: &Place, operator: &Vault, lease: &str) -> Process {
    let mut environment = place.environment();
    environment.push(("LEASE", lease.to_owned()));
    let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut child = Process::start("in-transit", &environment);
    assert_eq!(asked(&mut child), "None");
    block_on(operator.admin().begin_job("seal", "clients", &["email"])).unwrap();
    assert_eq!(asked(&mut child), format!("{:?}", Some(Expanded)));
    child.signal("STOP");
    child
}

fn asked(child: &mut Process) -> String {
    child.tell("phase");
    child.hear()
}

fn places() -> [Place; 3] {
    [Place::sqlite(), Place::postgres_async(), Place::postgres_libpq()]
}

#[test]
fn a_stopped_process_holds_a_step_up_until_its_lease_has_ended() {
    for place in places() {
        let operator = place.process(settings(|_| ()));
        let mut child = stopped(&place, &operator, "600");
        let before = place.processes();
        block_on(operator.admin().advance_phase("seal", Expanded)).unwrap();
        assert_eq!(place.processes(), before - 1, "the child was waited for, and evicted");
        // It finds the line when it goes on, before any of its timers.
        child.tell("phase");
        child.signal("CONT");
        assert_ne!(child.hear(), format!("{:?}", Some(Expanded)), "nobody works by the phase before the step");
        until(|| asked(&mut child) == format!("{:?}", Some(DualWrite)));
    }
}

/// With a lease of an hour, at whose end nobody waits.
#[test]
fn a_step_returns_when_the_last_process_works_by_it() {
    for place in places() {
        let operator = place.process(settings(|_| ()));
        let mut child = stopped(&place, &operator, "3600000");
        thread::scope(|scope| {
            let step = scope.spawn(|| block_on(operator.admin().advance_phase("seal", Expanded)));
            let onlooker = place.process(settings(|_| ()));
            until(|| block_on(onlooker.admin().phases()).unwrap()[0].phase == DualWrite);
            assert!(!step.is_finished(), "the child has not heard of it");
            child.signal("CONT");
            step.join().unwrap().unwrap();
        });
        assert_eq!(asked(&mut child), format!("{:?}", Some(DualWrite)));
    }
}
