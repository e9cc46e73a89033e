//! A suspended firm stays suspended, in every process and through restarts, until it is reinstated.

mod attacks;

use fieldseal::FirmId;
use fieldseal::keys::ProviderErrorKind;
use fieldseal::testing::{TestKeys, TestVault};
use pollster::block_on;

use crate::erasure::{open, over_every_store, request};
use crate::places::{Place, pushed_only, seal, settings, state};

over_every_store! {
    a_suspension_reaches_every_process_and_lasts
    suspending_twice_and_reinstating_twice_does_nothing
    a_change_of_keys_leaves_the_standing
}

fn a_suspension_reaches_every_process_and_lasts(place: &Place) {
    let fleet = if place.pushes() { pushed_only() } else { settings(|_| ()) };
    let (one, other) = (place.process(fleet), place.process(fleet));
    let sessions = [block_on(one.session("a")).unwrap(), block_on(other.session("a")).unwrap()];
    let sealed = seal(&sessions[0]).unwrap();
    assert!(block_on(one.admin().suspend("a", "an incident")).unwrap());
    // `suspend` has waited for the other process.
    assert_eq!(sessions.each_ref().map(state), ["keys.suspended"; 2]);
    assert_eq!(open(&sessions[1], &sealed).unwrap_err().code(), "keys.suspended");
    for vault in [&one, &other, &place.process(fleet)] {
        assert_eq!(block_on(vault.session("a")).map(drop).unwrap_err().code(), "keys.suspended");
        assert_eq!(block_on(vault.create_firm("a")).map(drop).unwrap_err().code(), "keys.suspended");
    }
    let standing = block_on(place.process(fleet).admin().standing("a")).unwrap();
    assert_eq!(standing.suspended.map(|suspension| suspension.reason).as_deref(), Some("an incident"));

    assert!(block_on(other.admin().reinstate("a")).unwrap());
    for (vault, session) in [(&one, &sessions[0]), (&other, &sessions[1])] {
        open(&block_on(vault.session("a")).unwrap(), &sealed).unwrap();
        assert_eq!(state(session), "ok");
    }
}

fn suspending_twice_and_reinstating_twice_does_nothing(place: &Place) {
    let vault = place.process(settings(|_| ()));
    let admin = vault.admin();
    assert!(block_on(admin.suspend("a", "the first reason")).unwrap());
    assert!(!block_on(admin.suspend("a", "another")).unwrap());
    let standing = block_on(admin.standing("a")).unwrap();
    assert_eq!((standing.serial, standing.suspended.unwrap().reason.as_str()), (1, "the first reason"));
    assert!(block_on(admin.reinstate("a")).unwrap());
    assert!(!block_on(admin.reinstate("a")).unwrap());
    // The note stays, so that its deletion is noticed.
    assert_eq!(block_on(admin.standing("a")).unwrap().serial, 2);
}

fn a_change_of_keys_leaves_the_standing(place: &Place) {
    let vault = place.process(settings(|_| ()));
    let admin = vault.admin();
    block_on(admin.suspend("a", "an incident")).unwrap();
    let before = block_on(admin.standing("a")).unwrap();
    block_on(admin.rotate("a", fieldseal::keys::Purpose::Data)).unwrap();
    assert_eq!(block_on(admin.standing("a")).unwrap(), before);
    assert_eq!(block_on(vault.session("a")).map(drop).unwrap_err().code(), "keys.suspended");
}

#[test]
fn a_firm_is_suspended_and_refused_while_its_provider_is_down() {
    let keys = TestKeys::new();
    let vault = TestVault::new().explicit_firms().keys(keys.clone()).build();
    block_on(vault.create_firm("a")).unwrap();
    let session = block_on(vault.session("a")).unwrap();
    keys.fail(Some(ProviderErrorKind::Unavailable));
    let calls = keys.calls();
    assert!(block_on(vault.admin().suspend("a", "its KEK leaked")).unwrap());
    assert_eq!(state(&session), "keys.suspended");
    assert_eq!(block_on(vault.session("a")).map(drop).unwrap_err().code(), "keys.suspended");
    assert!(block_on(vault.admin().reinstate("a")).unwrap());
    assert_eq!(keys.calls(), calls, "nobody asked the provider");
    assert_eq!(block_on(vault.session("a")).map(drop).unwrap_err().code(), "keys.provider");
}

#[test]
fn the_platform_has_no_standing() {
    let admin = fieldseal::testing::vault().admin();
    let code = |error: fieldseal::admin::StandingError| error.code();
    assert_eq!(block_on(admin.suspend(FirmId::Platform, "no")).map_err(code), Err("standing.platform"));
    assert_eq!(block_on(admin.request_shred(FirmId::Platform, request())).map_err(code), Err("standing.platform"));
    let hold = fieldseal::admin::Hold::new("1", "a suit", "counsel");
    assert_eq!(block_on(admin.hold(FirmId::Platform, hold)).map_err(code), Err("standing.platform"));
}

#[test]
fn names_and_reasons_that_are_none_are_refused() {
    let vault = TestVault::new().explicit_firms().build();
    block_on(vault.create_firm("a")).unwrap();
    for reason in ["", "a\nb", &"x".repeat(1001)] {
        let refused = block_on(vault.admin().suspend("a", reason)).unwrap_err();
        assert_eq!(refused.code(), "standing.text", "{reason:?}");
    }
    assert_eq!(block_on(vault.admin().suspend("b", "a reason")).unwrap_err().code(), "keys.unknown_firm");
}

#[test]
fn a_dry_run_decides_nothing() {
    let vault = TestVault::new().explicit_firms().build();
    block_on(vault.create_firm("a")).unwrap();
    let admin = vault.admin().dry_run();
    assert!(block_on(admin.suspend("a", "an incident")).unwrap());
    block_on(admin.request_shred("a", request())).unwrap();
    assert_eq!(block_on(vault.admin().standing("a")).unwrap().serial, 0);
    block_on(vault.session("a")).unwrap();
}
