//! Building a vault.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::vault::{Inner, Vault};
use crate::clock::{Clock, SystemClock};
use crate::context::FirmId;
use crate::fleet::{Fleet, FleetSettings};
use crate::keys::custody::Custody;
use crate::keys::providers::{Routes, Unfit};
use crate::keys::{Anchor, AnchorOutage, CacheSettings, FirmProviders, KeyStore, Providers};
use crate::random::{Nonces, OsRandom, Randomness};

/// When a firm's first keys are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum CreateFirms {
    /// By [`Vault::create_firm`] only: a mistyped firm id is an error, not a new firm.
    #[default]
    Explicitly,
    /// Also when a session of an unknown firm seals for the first time. That one seal waits, on its thread, for the key
    /// store and the provider. Opening never creates keys.
    OnFirstSeal,
}

/// What a load does that finds a firm's record older than the one that this process has seen, or gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum WhenRolledBack {
    /// It fails, and a `fieldseal.keys.rolled_back` event tells what to do: an operator decides.
    #[default]
    Refuse,
    /// The newer record that this process has verified is written again, unless a key would be lost by it, and the load
    /// goes on. The process needs the right to write the key store.
    PutBack,
}

/// What a vault is made of.
#[derive(Default)]
#[must_use = "a builder does nothing before `build()`"]
pub struct VaultBuilder {
    provider: Option<Providers>,
    firms: HashMap<FirmId, Arc<Providers>>,
    directory: Option<Arc<dyn FirmProviders>>,
    store: Option<Arc<dyn KeyStore>>,
    create_firms: CreateFirms,
    cache: CacheSettings,
    fleet: FleetSettings,
    anchor: Option<Arc<dyn Anchor>>,
    anchor_outage: AnchorOutage,
    when_rolled_back: WhenRolledBack,
    pub(crate) clock: Option<Arc<dyn Clock>>,
    pub(crate) random: Option<Arc<dyn Randomness>>,
}

impl VaultBuilder {
    /// Who wraps the firms' master keys: a provider, or [`Providers`] that stand in for each other. Required.
    pub fn provider(mut self, provider: impl Into<Providers>) -> Self {
        self.provider = Some(provider.into());
        self
    }

    /// A firm's own providers and KEK. The firm is allowed no other, so that whoever writes the key store can't put it
    /// back under the vault's.
    pub fn firm_provider(mut self, firm: impl Into<FirmId>, provider: impl Into<Providers>) -> Self {
        self.firms.insert(firm.into(), Arc::new(provider.into()));
        self
    }

    /// Who knows further firms' own providers, also of firms that are added while the service runs.
    pub fn firm_providers(mut self, directory: impl FirmProviders) -> Self {
        self.directory = Some(Arc::new(directory));
        self
    }

    /// Where wrapped keys lie. Required.
    pub fn store(self, store: impl KeyStore) -> Self {
        self.shared_store(Arc::new(store))
    }

    /// [`store`](Self::store), for a store that others hold too.
    pub fn shared_store(mut self, store: Arc<dyn KeyStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// When a firm's first keys are made. Default: explicitly.
    pub fn create_firms(mut self, when: CreateFirms) -> Self {
        self.create_firms = when;
        self
    }

    /// How long keys are held, and how the provider is called.
    pub fn cache(mut self, settings: CacheSettings) -> Self {
        self.cache = settings;
        self
    }

    /// How this process keeps its place among those that use the key store.
    pub fn fleet(mut self, settings: FleetSettings) -> Self {
        self.fleet = settings;
        self
    }

    /// Who keeps the heads of firms' records outside the database. Default: nobody, and a process that has not seen a
    /// firm before can't tell that its record was rolled back.
    pub fn anchor(mut self, anchor: impl Anchor) -> Self {
        self.anchor = Some(Arc::new(anchor));
        self
    }

    /// What loads do while the anchor can't be reached. Default: they fail.
    pub fn anchor_outage(mut self, outage: AnchorOutage) -> Self {
        self.anchor_outage = outage;
        self
    }

    /// What a load does that finds the key store rolled back. Default: it fails.
    pub fn when_rolled_back(mut self, what: WhenRolledBack) -> Self {
        self.when_rolled_back = what;
        self
    }

    /// Another clock than the machine's, for tests of expiry.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// The vault. Nothing is read or written yet: run [`Vault::initialize`] once, at installation.
    ///
    /// # Errors
    /// [`BuildError`] when a part is missing or two do not go together.
    pub fn build(self) -> Result<Vault, BuildError> {
        let provider = self.provider.ok_or(BuildError::NoProvider)?;
        let store = self.store.ok_or(BuildError::NoStore)?;
        if self.firms.contains_key(&FirmId::Platform) {
            return Err(BuildError::PlatformProvider);
        }
        let routes = Routes::new(provider, self.firms, self.directory, store.is_memory())?;
        let mut cache = self.cache;
        if self.create_firms == CreateFirms::OnFirstSeal {
            // There a firm without keys is no failure, and another process may make some at any moment.
            cache.unknown_ttl = Duration::ZERO;
        }
        cache.check().map_err(|(field, reason)| BuildError::Setting { field, reason })?;
        self.fleet.check().map_err(|(field, reason)| BuildError::Setting { field, reason })?;
        let nonces = self.random.clone().map_or(Nonces::Buffered, Nonces::Injected);
        let random = self.random.unwrap_or_else(|| Arc::new(OsRandom));
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock));
        let fleet = Arc::new(Fleet::new(store.clone(), clock.clone(), self.fleet));
        let joining = (fleet.clone() as _, fleet.standing());
        let custody = Custody::start(Arc::new(routes), store, clock, random, cache, joining);
        fleet.keep(&custody);
        if let Some(anchor) = self.anchor {
            custody.anchor_to(anchor, self.anchor_outage);
        }
        if self.when_rolled_back == WhenRolledBack::PutBack {
            custody.put_back_when_rolled_back();
        }
        let (create_firms, models) = (self.create_firms, Arc::default());
        Ok(Vault::new(Inner { custody, fleet, nonces, create_firms, models }))
    }
}

/// A vault that can't be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// No provider was named.
    #[error("a vault needs a key provider: name one by `.provider(…)`")]
    NoProvider,
    /// No key store was named.
    #[error("a vault needs a key store: name one by `.store(…)`")]
    NoStore,
    /// The provider has no KEK to wrap new keys under.
    #[error("provider `{provider}` has no KEK configured")]
    NoKek {
        /// The provider's id.
        provider: String,
    },
    /// A setting that can't be meant. Zero is a value like any other, never "the default".
    #[error("the setting `{field}` can't be used: {reason}")]
    Setting {
        /// The field of [`CacheSettings`] or [`FleetSettings`].
        field: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// A provider of fixed, public test keys was given a store that outlives the process.
    #[error("the testing provider's keys are public: it works with the in-memory key store only")]
    TestKeys,
    /// Replicas of one KEK that are not alike.
    #[error(
        "replica `{provider}` is not like the first of its list: the same provider id and the same number of KEKs, in the \
         same order, are wanted"
    )]
    Replicas {
        /// The provider's id.
        provider: String,
    },
    /// The platform was given a provider as a firm.
    #[error("the platform's provider is the vault's: name it by `.provider(…)`")]
    PlatformProvider,
}

impl From<Unfit> for BuildError {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::NoKek { provider } => Self::NoKek { provider },
            Unfit::TestKeys => Self::TestKeys,
            Unfit::Replicas { provider } => Self::Replicas { provider },
        }
    }
}

impl BuildError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoProvider => "build.no_provider",
            Self::NoStore => "build.no_store",
            Self::NoKek { .. } => "build.no_kek",
            Self::Setting { .. } => "build.setting",
            Self::TestKeys => "build.test_keys",
            Self::Replicas { .. } => "build.replicas",
            Self::PlatformProvider => "build.platform_provider",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything: never.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        false
    }
}
