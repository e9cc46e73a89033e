//! Rotation by age and by count of seals.

use std::sync::Arc;
use std::time::Duration;

use fieldseal::Vault;
use fieldseal::admin::{RotationPolicy, Rotations};
use fieldseal::keys::KeyState::Active;
use fieldseal::keys::Purpose;
use fieldseal::keys::store::MemoryKeyStore;
use fieldseal::testing::{TestClock, TestVault};
use pollster::block_on;

use super::notes::{Note, note};
use super::states;

fn vault() -> (Vault, TestClock) {
    let clock = TestClock::new();
    let vault = TestVault::new().explicit_firms().clock(clock.clone()).build();
    vault.register::<Note>().unwrap();
    block_on(vault.create_firm("a")).unwrap();
    (vault, clock)
}

fn policy(change: impl FnOnce(&mut RotationPolicy)) -> RotationPolicy {
    let mut policy = RotationPolicy::default();
    (policy.data_key_max_age, policy.data_key_max_seals) = (None, None);
    change(&mut policy);
    policy
}

/// What is rotated, without the platform.
fn rotated(vault: &Vault, policy: &RotationPolicy) -> Vec<(Purpose, u32)> {
    let Rotations { rotated, failed, .. } = block_on(vault.admin().rotate_due(policy)).unwrap();
    assert!(failed.is_empty());
    let of_a = rotated.iter().filter(|done| done.firm == "a".into());
    of_a.map(|done| (done.purpose, done.new)).collect()
}

#[test]
fn keys_are_rotated_once_they_are_old_enough() {
    let (vault, clock) = vault();
    let day = Duration::from_secs(24 * 3600);
    let policy = policy(|policy| {
        policy.data_key_max_age = Some(90 * day);
        policy.index_key_max_age = Some(365 * day);
    });
    clock.advance(90 * day - Duration::from_secs(1));
    assert_eq!(rotated(&vault, &policy), []);
    clock.advance(Duration::from_secs(1));
    assert_eq!(rotated(&vault, &policy), [(Purpose::Data, 2)]);
    assert_eq!(rotated(&vault, &policy), [], "it is young again");
    clock.advance(275 * day);
    assert_eq!(rotated(&vault, &policy), [(Purpose::Data, 3), (Purpose::Index, 2)]);
}

#[test]
fn a_data_key_is_rotated_once_this_process_has_sealed_enough() {
    let (vault, _) = vault();
    let policy = policy(|policy| policy.data_key_max_seals = Some(100));
    let session = block_on(vault.session("a")).unwrap();
    let seal = |count: i64| (0..count).for_each(|id| drop(session.seal(&note(id, "a")).unwrap()));
    seal(99);
    assert_eq!(vault.admin().seals_here("a"), Some((1, 99)));
    assert_eq!(rotated(&vault, &policy), []);
    seal(1);
    assert_eq!(rotated(&vault, &policy), [(Purpose::Data, 2)]);
    assert_eq!(rotated(&vault, &policy), []);
    seal(7);
    assert_eq!(vault.admin().seals_here("a"), Some((2, 7)));
}

/// As where every process of a service runs it by a timer.
#[test]
fn of_processes_that_rotate_what_is_due_at_once_one_does_it() {
    let (store, clock) = (Arc::new(MemoryKeyStore::new()), TestClock::new());
    let process = || TestVault::new().explicit_firms().clock(clock.clone()).store(store.clone()).build();
    let vaults: Vec<_> = std::iter::repeat_with(process).take(4).collect();
    let firms = ["a", "b", "c", "d"];
    for firm in firms {
        block_on(vaults[0].create_firm(firm)).unwrap();
    }
    let year = Duration::from_secs(365 * 24 * 3600);
    for round in 2..6 {
        clock.advance(year);
        std::thread::scope(|threads| {
            for vault in &vaults {
                threads.spawn(|| {
                    let done = block_on(vault.admin().rotate_due(&RotationPolicy::default())).unwrap();
                    assert!(done.failed.is_empty(), "{:?}", done.failed);
                });
            }
        });
        for firm in firms {
            let states = states(&vaults[0].admin(), firm, Purpose::Data);
            assert_eq!((states.len(), states.last().unwrap().1), (round, Active), "{firm}: {states:?}");
        }
    }
}

#[test]
fn without_a_reason_nothing_is_rotated() {
    let (vault, clock) = vault();
    clock.advance(Duration::from_secs(10 * 365 * 24 * 3600));
    assert_eq!(rotated(&vault, &policy(|_| ())), []);
}
