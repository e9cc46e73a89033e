//! The processes that share a key store: they come, wait for each other and leave.

mod in_flight;
mod listener;
pub(crate) mod processes;

use pollster::block_on;

use crate::places::{Place, settings};

/// The same tests over each store.
macro_rules! over_every_store {
    ($($test:ident)*) => {
        over_every_store!(@ [$($test)*] memory sqlite postgres_async postgres_libpq);
    };
    (@ $tests:tt $($store:ident)*) => { $(over_every_store!(@one $store $tests);)* };
    (@one $store:ident [$($test:ident)*]) => {
        mod $store {
            $(#[test] fn $test() { super::$test(&super::Place::$store()); })*
        }
    };
}

over_every_store! {
    a_process_comes_with_its_first_keys_and_leaves_with_its_last
    settling_alone_and_together_ends
}

fn a_process_comes_with_its_first_keys_and_leaves_with_its_last(place: &Place) {
    assert_eq!(place.processes(), 0, "the one that made the firm has left");
    let vault = place.process(settings(|_| ()));
    assert_eq!(place.processes(), 0, "it holds no keys yet");
    let session = block_on(vault.session("a")).unwrap();
    drop(block_on(vault.session("a")).unwrap());
    assert_eq!(place.processes(), 1);
    drop(vault);
    assert_eq!(place.processes(), 1, "a session holds keys");
    assert_eq!(crate::places::state(&session), "ok");
    drop(session);
    assert_eq!(place.processes(), 0);
}

fn settling_alone_and_together_ends(place: &Place) {
    let vaults: Vec<_> = (0..3).map(|_| place.process(settings(|_| ()))).collect();
    block_on(vaults[0].admin().wait_for_processes()).unwrap();
    let sessions: Vec<_> = vaults.iter().map(|vault| block_on(vault.session("a")).unwrap()).collect();
    for vault in &vaults {
        block_on(vault.revoke("a")).unwrap();
        block_on(vaults[0].admin().wait_for_processes()).unwrap();
        assert_eq!(sessions.iter().map(crate::places::state).collect::<Vec<_>>(), ["keys.revoked"; 3]);
        for vault in &vaults {
            block_on(vault.session("a")).unwrap();
        }
    }
}
