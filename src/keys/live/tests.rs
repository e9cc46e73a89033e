//! Unit tests: what is held, and what is gone.

use std::sync::Weak;

use super::*;
use crate::clock::Clock as _;
use crate::keys::fixtures::{Draft, firm};
use crate::keys::lease::Lease;
use crate::testing::TestClock;

const NEVER: Duration = Duration::MAX;

fn ring(generation: u64) -> Keyring {
    Draft { generation, ..Draft::default() }.keyring()
}

fn full() -> LiveSlot {
    let slot = LiveSlot::new(firm(), Standing::alone());
    slot.publish(slot.epoch(), ring(1), NEVER, NEVER).unwrap();
    slot
}

fn held(slot: &LiveSlot) -> Weak<Keyring> {
    Arc::downgrade(&slot.ring.load_full().unwrap())
}

fn code(slot: &LiveSlot) -> &'static str {
    slot.ring().map_or_else(|error| error.code(), |_| "ok")
}

#[test]
fn keys_are_gone_once_emptied_and_out_of_use() {
    let slot = full();
    let (keys, in_use) = (held(&slot), slot.ring().unwrap());
    slot.revoke(Emptied::Revoked);
    assert!(keys.upgrade().is_some(), "a cell is being sealed");
    drop(in_use);
    assert!(keys.upgrade().is_none());
}

#[test]
fn keys_are_gone_once_replaced_or_expired() {
    let slot = full();
    let first = held(&slot);
    slot.publish(slot.epoch(), ring(2), Duration::ZERO, NEVER).unwrap();
    assert!(first.upgrade().is_none());
    let second = held(&slot);
    slot.expire(Duration::ZERO);
    assert!(second.upgrade().is_none());
    assert_eq!(code(&slot), "keys.expired");
}

#[test]
fn each_emptying_says_why_and_refuses_loads_from_before() {
    for (why, expected) in
        [(Emptied::Expired, "keys.expired"), (Emptied::Revoked, "keys.revoked"), (Emptied::Shredded, "keys.shredded")]
    {
        let slot = full();
        let before = slot.epoch();
        slot.revoke(why);
        assert_eq!(code(&slot), expected);
        assert_eq!(slot.publish(before, ring(1), NEVER, NEVER).unwrap_err().code(), expected);
        assert_eq!(code(&slot), expected);
        slot.publish(slot.epoch(), ring(1), NEVER, NEVER).unwrap();
        assert_eq!(code(&slot), "ok");
    }
    assert_eq!(code(&LiveSlot::new(firm(), Standing::alone())), "keys.unknown_firm");
}

#[test]
fn of_two_loads_at_once_the_older_record_is_not_published_last() {
    let slot = full();
    slot.publish(slot.epoch(), ring(3), NEVER, NEVER).unwrap();
    let error = slot.publish(slot.epoch(), ring(2), NEVER, NEVER).unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), ("keys.contended", true));
    assert_eq!(slot.ring().unwrap().generation(), 3);
}

/// A load that found the slot's entry by its number must not find that of an earlier slot.
#[test]
fn no_two_slots_share_an_epoch() {
    let epochs: std::collections::HashSet<_> =
        (0..100).map(|_| LiveSlot::new(firm(), Standing::alone()).epoch()).collect();
    assert_eq!(epochs.len(), 100);
}

#[test]
fn no_key_is_used_from_the_end_of_the_lease_on_and_none_is_left_soon_after() {
    let clock = TestClock::new();
    let lease = Arc::new(Lease::new(Arc::new(clock.clone())));
    lease.renew(Duration::from_secs(30));
    let slot = LiveSlot::new(firm(), Standing { lease: lease.clone(), ..Standing::alone() });
    slot.publish(slot.epoch(), ring(1), NEVER, NEVER).unwrap();
    let keys = held(&slot);
    clock.advance(Duration::from_secs(30) - Duration::from_nanos(1));
    slot.cut_off();
    assert_eq!(code(&slot), "ok");
    clock.advance(Duration::from_nanos(1));
    assert_eq!(code(&slot), "keys.lease_ended");
    assert!(keys.upgrade().is_some(), "no timer has run yet");
    slot.cut_off();
    assert!(keys.upgrade().is_none());
    lease.renew(clock.elapsed() + Duration::from_secs(30));
    assert_eq!(code(&slot), "keys.lease_ended", "what was taken away does not come back by itself");
    assert!(slot.lost_its_lease());
}

#[test]
fn what_a_load_read_before_a_change_is_not_published_and_the_keys_held_stay() {
    let slot = full();
    let before = slot.epoch();
    slot.outdate();
    assert_eq!(slot.publish(before, ring(1), NEVER, NEVER).unwrap_err().code(), "keys.contended");
    assert_eq!(code(&slot), "ok");
    slot.publish(slot.epoch(), ring(2), NEVER, NEVER).unwrap();
    let empty = LiveSlot::new(firm(), Standing::alone());
    let before = empty.epoch();
    empty.outdate();
    assert_eq!(empty.publish(before, ring(1), NEVER, NEVER).unwrap_err().code(), "keys.contended");
    empty.revoke(Emptied::Revoked);
    assert_eq!(empty.publish(before, ring(1), NEVER, NEVER).unwrap_err().code(), "keys.revoked");
}

#[test]
fn keys_are_due_before_they_end_and_a_failure_puts_it_off() {
    let (slot, second) = (LiveSlot::new(firm(), Standing::alone()), Duration::from_secs(1));
    assert!(!slot.is_fresh(Duration::ZERO) && !slot.is_due(Duration::ZERO), "it is empty");
    slot.publish(slot.epoch(), ring(1), 10 * second, 4 * second).unwrap();
    assert!(slot.is_fresh(4 * second - Duration::from_nanos(1)));
    assert!(slot.is_due(4 * second));
    assert_eq!(slot.postpone(slot.epoch(), 4 * second, |failures| failures * second), Some(10 * second));
    assert!(slot.is_fresh(4 * second) && slot.is_due(5 * second));
    assert_eq!(slot.postpone(slot.epoch(), 5 * second, |failures| failures * second), Some(10 * second));
    assert!(slot.is_fresh(6 * second) && slot.is_due(7 * second));
    slot.postpone(slot.epoch(), 9 * second, |_| NEVER);
    assert!(slot.is_due(10 * second), "never behind its end");
    let before = slot.epoch();
    slot.revoke(Emptied::Revoked);
    assert_eq!(slot.postpone(before, 9 * second, |_| NEVER), None);
    assert!(!slot.is_fresh(Duration::ZERO));
}

#[test]
fn use_counts_from_the_last_load() {
    let slot = full();
    assert!(!slot.was_used());
    slot.ring().unwrap();
    assert!(slot.was_used());
    slot.publish(slot.epoch(), ring(2), NEVER, NEVER).unwrap();
    assert!(!slot.was_used());
}
