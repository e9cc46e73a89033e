//! An hour of a service with 1,000 firms, on a clock that leaps.

use std::time::Duration;

use fieldseal::Vault;
use fieldseal::keys::CacheSettings;
use fieldseal::testing::{TestClock, TestKeys, TestVault, sweep};

const FIRMS: i64 = 1000;
/// Between two requests of one firm.
const STEP: Duration = Duration::from_secs(10);
const HOUR: u32 = 360;

/// Provider calls of the second hour: the first one begins cold.
pub(crate) fn calls() -> u64 {
    let (clock, keys) = (TestClock::new(), TestKeys::new());
    let mut settings = CacheSettings::default();
    // The clock leaps, and calls are not to wait for the hour to pass.
    settings.provider.calls_per_second = u32::MAX;
    let vault = TestVault::new().clock(clock.clone()).keys(keys.clone()).cache(settings).explicit_firms().build();
    for firm in 0..FIRMS {
        vault.blocking().create_firm(firm).expect("a store in memory takes it");
    }
    run(&vault, &clock);
    let before = keys.calls();
    run(&vault, &clock);
    keys.calls() - before
}

fn run(vault: &Vault, clock: &TestClock) {
    for _ in 0..HOUR {
        clock.advance(STEP);
        for firm in 0..FIRMS {
            vault.blocking().session(firm).expect("the firm exists");
        }
        sweep(vault);
        while vault.key_stats().under_way > 0 {
            std::thread::yield_now();
        }
    }
}
