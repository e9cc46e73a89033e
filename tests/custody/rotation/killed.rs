//! Operators' processes, killed at each step that they tell, and the next one.

use fieldseal::keys::KeyState::{Active, Pending};
use fieldseal::keys::Purpose;
use pollster::block_on;

use super::service::{FIRM, Service, here};
use super::states;
use crate::process::{ask, say};

/// In a child: rotates, and waits at each step for leave to go on.
pub(crate) fn operator() {
    let (vault, _) = here();
    let admin = vault.admin().telling(|progress| {
        say(&progress.to_string());
        ask();
    });
    say(&format!("{:?}", block_on(admin.rotate(FIRM, Purpose::Data)).unwrap().new));
}

#[test]
fn an_operator_killed_at_any_step_is_taken_up() {
    let service = Service::install("killed");
    let mut versions = 1;
    for steps in 0..4 {
        let mut operator = service.process("rotation-operator", &[]);
        for _ in 0..steps {
            operator.hear();
            operator.tell("go on");
        }
        let last = operator.hear();
        operator.signal("KILL");
        assert!(!operator.wait());

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
