//! Operators' processes, killed at each step that they tell, and the next one.

use diesel::connection::SimpleConnection as _;
use fieldseal::Vault;
use fieldseal::admin::{KeyAdmin, Rows};
use fieldseal::keys::KeyState::{Active, Destroyed, Pending, Retired};
use fieldseal::keys::Purpose;
use fieldseal::schema::{Backend, bar};
use pollster::block_on;

use super::service::{Entry, FIRM, Service, here};
use super::states;
use crate::process::{ask, say};

/// An operator who waits at each step for leave to go on.
fn hesitant(vault: &Vault) -> KeyAdmin {
    vault.admin().telling(|progress| {
        say(&progress.to_string());
        ask();
    })
}

/// In a child: rotates.
pub(crate) fn rotating() {
    block_on(hesitant(&here().0).rotate(FIRM, Purpose::Data)).unwrap();
    say("done");
}

/// In a child: destroys data key 1.
pub(crate) fn destroying() {
    let (vault, mut conn) = here();
    block_on(hesitant(&vault).destroy(FIRM, Purpose::Data, 1, &mut Rows::over(&mut conn))).unwrap();
    say("done");
}

/// A process that was killed after it had told so many steps; and the last of them.
fn killed(service: &Service, role: &str, steps: usize) -> String {
    let mut operator = service.process(role, &[]);
    for _ in 0..steps {
        operator.hear();
        operator.tell("go on");
    }
    let last = operator.hear();
    operator.signal("KILL");
    assert!(!operator.wait());
    last
}

#[test]
fn an_operator_killed_at_any_step_is_taken_up() {
    let service = Service::install("killed");
    let mut versions = 1;
    for steps in 0..4 {
        let last = killed(&service, "rotating-operator", steps);
        let left = states(&service.vault.admin(), FIRM, Purpose::Data);
        assert_eq!(left.len(), versions + 1, "after {last:?}: {left:?}");
        let pending = left.iter().filter(|(_, state)| *state == Pending).count();
        assert_eq!(pending, usize::from(steps < 2), "after {last:?}: {left:?}");
        let next = block_on(service.vault.admin().rotate(FIRM, Purpose::Data)).unwrap();
        let after = states(&service.vault.admin(), FIRM, Purpose::Data);
        versions = after.len();
        assert_eq!(after.len(), left.len() + 1 - pending, "after {last:?}: {after:?}");
        assert_eq!(after.last(), Some(&(next.new, Active)), "after {last:?}: {after:?}");
    }
}

#[test]
fn an_operator_killed_while_destroying_is_taken_up() {
    let service = Service::install("killed_destroying");
    let (vault, mut conn) = (&service.vault, service.connect());
    conn.batch_execute(&bar::<Entry>(Backend::Postgres).up).unwrap();
    let admin = vault.admin();
    block_on(admin.rotate(FIRM, Purpose::Data)).unwrap();
    block_on(admin.retire(FIRM, Purpose::Data, 1)).unwrap();
    let mut seen = Vec::new();
    loop {
        let last = killed(&service, "destroying-operator", seen.len());
        let state = states(&admin, FIRM, Purpose::Data)[0].1;
        seen.push((last, state));
        if state == Destroyed {
            break;
        }
    }
    let lines: Vec<_> = seen.iter().map(|(line, state)| (line.as_str(), *state)).collect();
    let expected = [
        ("firm text:a: wait for every live process", Retired),
        ("firm text:a: bar data key 1 in the databases", Retired),
        ("firm text:a: count the key versions of all rows", Retired),
        ("firm text:a: make data key 1 destroyed", Destroyed),
    ];
    assert_eq!(lines, expected);
    block_on(admin.destroy(FIRM, Purpose::Data, 1, &mut Rows::over(&mut conn))).unwrap();
}
