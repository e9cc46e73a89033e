//! The installed platform while its provider is down: no storm of renewals, and no waiting.

use std::time::Duration;

use diesel::prelude::*;
use fieldseal::Session;
use fieldseal::keys::ProviderErrorKind;
use fieldseal::testing::{TestClock, TestKeys, TestVault, sweep};

use super::code;
use super::platform::{alone, insert, load};
use crate::backends::sqlite_database;
use crate::models::setting::settings;

const TTL: Duration = Duration::from_secs(3600);
const PAUSE: Duration = Duration::from_millis(250);

#[test]
fn an_outage_is_asked_about_once_a_pause() {
    alone(module_path!(), "an_outage_is_asked_about_once_a_pause", || {
        let (clock, keys, mut conn) = (TestClock::new(), TestKeys::new(), sqlite_database());
        let vault = TestVault::new().clock(clock.clone()).keys(keys.clone()).build();
        vault.blocking().install_platform().unwrap();
        keys.fail(Some(ProviderErrorKind::Unavailable));
        let before = keys.calls();
        // Keys that are still valid serve on.
        clock.advance(TTL - Duration::from_nanos(1));
        sweep(&vault);
        assert_eq!(insert(&mut conn, 1), "ok");
        assert_eq!(keys.calls(), before);
        clock.advance(Duration::from_nanos(1));
        sweep(&vault);
        for (calls, pause) in [(1, PAUSE), (2, 2 * PAUSE), (3, 4 * PAUSE)] {
            for _ in 0..5 {
                assert_eq!(insert(&mut conn, 2), "keys.provider");
                assert_eq!(code(load(&mut conn)), "keys.provider");
                assert_eq!(keys.calls(), before + calls);
            }
            clock.advance(pause);
        }
        keys.fail(None);
        assert_eq!(insert(&mut conn, 2), "ok");
        assert_eq!(load(&mut conn).unwrap().len(), 2);
        assert_eq!(keys.calls(), before + 4);
    });
}

#[test]
fn keys_that_came_back_by_another_way_serve_at_once() {
    alone(module_path!(), "keys_that_came_back_by_another_way_serve_at_once", || {
        let (clock, keys, mut conn) = (TestClock::new(), TestKeys::new(), sqlite_database());
        let vault = TestVault::new().clock(clock.clone()).keys(keys.clone()).build();
        vault.blocking().install_platform().unwrap();
        clock.advance(TTL);
        sweep(&vault);
        keys.fail(Some(ProviderErrorKind::Unavailable));
        assert_eq!(insert(&mut conn, 1), "keys.provider");
        keys.fail(None);
        assert_eq!(insert(&mut conn, 1), "keys.provider");
        vault.blocking().platform().unwrap();
        assert_eq!(insert(&mut conn, 1), "ok");
    });
}

#[test]
fn an_outage_starts_no_thread_for_each_statement() {
    alone(module_path!(), "an_outage_starts_no_thread_for_each_statement", || {
        let (clock, keys) = (TestClock::new(), TestKeys::new());
        let vault = TestVault::new().clock(clock.clone()).keys(keys.clone()).build();
        vault.blocking().install_platform().unwrap();
        clock.advance(TTL);
        sweep(&vault);
        keys.fail(Some(ProviderErrorKind::Unavailable));
        let before = keys.calls();
        std::thread::scope(|threads| {
            for _ in 0..8 {
                threads.spawn(|| {
                    let mut conn = sqlite_database();
                    for _ in 0..20 {
                        assert_eq!(insert(&mut conn, 1), "keys.provider");
                    }
                });
            }
        });
        assert_eq!(keys.calls(), before + 1);
    });
}

/// Code without the right to keys has none to the platform's, wherever they are installed.
#[test]
fn a_closed_scope_shuts_the_installed_platform_out() {
    alone(module_path!(), "a_closed_scope_shuts_the_installed_platform_out", || {
        let (vault, mut conn) = (fieldseal::testing::vault(), sqlite_database());
        vault.blocking().install_platform().unwrap();
        assert_eq!(insert(&mut conn, 1), "ok");
        for closed in [Session::closed("acme"), Session::closed(fieldseal::FirmId::Platform)] {
            closed.scope_sync(|| {
                assert_eq!(insert(&mut conn, 2), "keys.closed_session");
                assert_eq!(code(load(&mut conn)), "keys.closed_session");
                assert_eq!(code(load(&mut conn).optional()), "keys.closed_session");
                let set = super::platform::Setting::value().scoped_set(("mail".to_owned(), 1), "x");
                let update = diesel::update(settings::table.find(("mail", 1))).set(set);
                assert_eq!(code(update.execute(&mut conn)), "keys.closed_session");
            });
        }
        // A scope within the closed one is another's right.
        let platform = vault.blocking().platform().unwrap();
        Session::closed("acme").scope_sync(|| platform.scope_sync(|| assert_eq!(load(&mut conn).unwrap().len(), 1)));
        assert_eq!(load(&mut conn).unwrap().len(), 1);
    });
}
