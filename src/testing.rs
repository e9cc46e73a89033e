//! A vault for the tests of services: synchronous, in memory, under fixed public keys.
//!
//! ```
//! let vault = fieldseal::testing::vault();
//! let session = vault.blocking().session(42i64)?;
//! # Ok::<_, fieldseal::KeyError>(())
//! ```
//!
//! A firm is created when it first seals something. Nothing outlives the process, and a vault with these keys and any other
//! store than memory does not build.

mod clock;
mod provider;
mod random;

use std::sync::Arc;
use std::time::Duration;

use crate::admin::PhaseError;
use crate::envelope::Head;
use crate::keys::store::MemoryKeyStore;
use crate::keys::{CacheSettings, KeyStore, Phase};
use crate::session::{CreateFirms, Vault};

pub use clock::TestClock;
pub use provider::TestKeys;
pub use random::SeededRandom;

/// A vault in memory. A firm's keys are made when it first seals something; before, a lookup is
/// [`KeyError::UnknownFirm`](crate::KeyError::UnknownFirm), as there is nothing to be found.
#[must_use]
pub fn vault() -> Vault {
    TestVault::new().build()
}

/// A vault in memory, with parts of the test's choice.
#[derive(Default)]
#[must_use = "a builder does nothing before `build()`"]
pub struct TestVault {
    seed: Option<u64>,
    clock: Option<TestClock>,
    store: Option<Arc<dyn KeyStore>>,
    keys: TestKeys,
    cache: Option<CacheSettings>,
    explicit: bool,
    phases: Vec<(String, Vec<String>, Phase)>,
}

impl TestVault {
    /// As [`vault`], before it is built.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keys and nonces from a seed, so that a failing run can be repeated.
    ///
    /// # Security
    /// Two vaults of one seed repeat nonces: for tests only, like everything here.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// A clock that the test advances.
    pub fn clock(mut self, clock: TestClock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// A store shared with another vault, as two processes share one.
    pub fn store(mut self, store: Arc<dyn KeyStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// A provider whose failures the test steers.
    pub fn keys(mut self, keys: TestKeys) -> Self {
        self.keys = keys;
        self
    }

    /// How long keys are held, and how the provider is called. By default a failure is told at once, not tried again and
    /// not remembered, and nothing is refreshed ahead, so that a test sees what its own next call does.
    pub fn cache(mut self, settings: CacheSettings) -> Self {
        self.cache = Some(settings);
        self
    }

    /// Firms exist only once [`Vault::create_firm`] made them.
    pub fn explicit_firms(mut self) -> Self {
        self.explicit = true;
        self
    }

    /// A migration of these sealed columns of a table, at this phase, for tests of models with legacy columns.
    pub fn phase(mut self, table: &str, columns: &[&str], phase: Phase) -> Self {
        self.phases.push((table.to_owned(), columns.iter().map(|column| (*column).to_owned()).collect(), phase));
        self
    }

    /// The vault, its platform initialized.
    ///
    /// # Panics
    /// When the store is not in memory, or was tampered with.
    pub fn build(self) -> Vault {
        let store = self.store.unwrap_or_else(|| Arc::new(MemoryKeyStore::new()));
        let mut builder =
            Vault::builder().provider(self.keys).shared_store(store).cache(self.cache.unwrap_or_else(plain));
        if !self.explicit {
            builder = builder.create_firms(CreateFirms::OnFirstSeal);
        }
        if let Some(clock) = self.clock {
            builder = builder.clock(clock);
        }
        if let Some(seed) = self.seed {
            builder.random = Some(Arc::new(SeededRandom::new(seed)));
        }
        let vault = builder.build().expect("the testing provider works with a store in memory");
        // Not by `blocking()`, which a test in a runtime could not call; nothing here needs one.
        pollster::block_on(vault.initialize()).expect("a store in memory takes the platform's keys");
        for (table, columns, phase) in self.phases {
            pollster::block_on(migrate_to(&vault, &table, &columns, phase)).expect("nobody else moves it");
        }
        vault
    }
}

async fn migrate_to(vault: &Vault, table: &str, columns: &[String], phase: Phase) -> Result<(), PhaseError> {
    let (admin, columns) = (vault.admin(), columns.iter().map(String::as_str).collect::<Vec<_>>());
    admin.begin_job(table, table, &columns).await?;
    let mut reached = Phase::Expanded;
    while reached < phase {
        reached = admin.advance_phase(table, reached).await?;
    }
    Ok(())
}

/// Settings under which each failure is told, once, and nothing happens in the background.
fn plain() -> CacheSettings {
    let mut settings = CacheSettings::default();
    (settings.unknown_ttl, settings.refused_ttl) = (Duration::ZERO, Duration::ZERO);
    settings.refresh_after = settings.ttl;
    settings.provider.attempts = 1;
    settings.provider.calls_per_second = u32::MAX;
    settings.provider.breaker_failures = u32::MAX;
    settings
}

/// Drops every key whose time is over on the vault's clock, now. A thread of the vault does it once a second.
pub fn sweep(vault: &Vault) {
    vault.custody().sweep();
}

/// Checks that stored bytes are a cell; for [`assert_sealed!`](crate::assert_sealed).
///
/// # Panics
/// If they are not. The message does not show them.
#[doc(hidden)]
pub fn assert_cell(column: &str, row: usize, bytes: diesel::QueryResult<&[u8]>) {
    let bytes = bytes.unwrap_or_else(|error| panic!("{column}, row {row} of the result: {error}"));
    if let Err(error) = Head::parse(bytes) {
        panic!("{column}, row {row} of the result: not sealed ({error})");
    }
}

/// Asserts that every value of a column is a cell or `NULL`, and that there is at least one cell.
///
/// `assert_sealed!(conn, clients::email)` reads the column as the database holds it, by whichever `RunQueryDsl` is in
/// scope; with diesel-async write `assert_sealed!(conn, clients::email, await)`.
///
/// # Panics
/// If a value is not sealed, or none is there to check.
#[macro_export]
macro_rules! assert_sealed {
    ($conn:expr, $table:ident :: $column:ident $(, $await:tt)?) => {{
        use $crate::__private::diesel::{NullableExpressionMethods as _, QueryDsl as _};
        let rows: ::std::vec::Vec<::std::option::Option<$crate::Ciphertext<_>>> =
            $table::table.select($table::$column.nullable()).load($conn)$(.$await)?.expect("the column can be read");
        let name = concat!(stringify!($table), ".", stringify!($column));
        let cells = rows.iter().enumerate().filter_map(|(row, cell)| Some((row, cell.as_ref()?)));
        let checked = cells.inspect(|(row, cell)| $crate::testing::assert_cell(name, *row, cell.as_bytes())).count();
        assert!(checked > 0, "{name} holds no cell to check");
    }};
}
