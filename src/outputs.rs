//! Unit test: a full run prints no key, whatever it logs, returns or shows.
#![allow(clippy::unwrap_used, reason = "a test stops at the first failure, where it stands")]

pub(crate) mod keys;
mod printed;
mod run;
mod search;

use search::Needles;

#[test]
fn no_output_of_a_full_run_holds_a_key() {
    let printed = printed::Printed::of_this_process();
    let made = keys::recorded(|| run::everything(&printed));
    let roles: std::collections::BTreeSet<_> = made.iter().map(|key| key.role).collect();
    for role in EVERY_ROLE {
        assert!(roles.contains(role), "the run made no {role}: {roles:?}");
    }
    let outputs = printed.all();
    assert!(outputs.len() > 100, "{} outputs", outputs.len());
    let needles = Needles::of(&made);
    let found: Vec<_> =
        outputs.iter().filter_map(|output| Some((needles.find(output)?, String::from_utf8_lossy(output)))).collect();
    assert!(found.is_empty(), "{found:?}");
}

/// Of the roles that `secret` knows.
const EVERY_ROLE: &[&str] = &[
    "FirmMasterKey",
    "DataKey",
    "IndexKey",
    "WrappingKey",
    "ManifestKey",
    "EndorsementKey",
    "RandomisedColumnKey",
    "DeterministicColumnKey",
    "IndexSubkey",
];
