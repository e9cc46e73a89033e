//! The vault: one a process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::builder::{CreateFirms, VaultBuilder};
use super::{BlockingVault, GlobalIndex, Session, blocking};
use crate::context::FirmId;
use crate::fleet::Fleet;
#[allow(unused_imports, reason = "named by documentation")]
use crate::fleet::FleetSettings;
use crate::keys::custody::Custody;
use crate::keys::{Creation, KeyError};
use crate::model::cell::Birth;
use crate::model::{CellKeys, ModelSchema};
use crate::random::Nonces;
use crate::schema::{Models, SchemaError, conflict};

/// A process's way to its firms' keys: provider, key store and cache together. Build one and clone it; clones share all.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

pub(super) struct Inner {
    pub(super) custody: Arc<Custody>,
    /// For first seals and for the blocking vault, which hold up their thread.
    pub(super) births: Arc<Custody>,
    pub(super) fleet: Arc<Fleet>,
    pub(super) nonces: Nonces,
    pub(super) create_firms: CreateFirms,
    /// Registered models by table and name.
    pub(super) models: Arc<Mutex<BTreeMap<(&'static str, &'static str), &'static ModelSchema>>>,
}

impl Vault {
    /// Begins a vault: name a provider and a key store at least.
    pub fn builder() -> VaultBuilder {
        VaultBuilder::default()
    }

    pub(super) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// Makes the platform's keys, which endorse every firm's, unless the key store holds them. Run it once, at
    /// installation; running it again changes nothing.
    ///
    /// # Errors
    /// [`KeyError`]; also when the store holds firms but no platform, which means that it was tampered with.
    pub async fn initialize(&self) -> Result<Creation, KeyError> {
        self.0.custody.initialize().await
    }

    /// Makes a firm's first keys, unless it has some. They are committed to the key store when it returns; of two
    /// creators at once one creates and the other finds.
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::Shredded`] for a firm that was shredded.
    pub async fn create_firm(&self, firm: impl Into<FirmId>) -> Result<Creation, KeyError> {
        self.0.custody.create(&firm.into()).await
    }

    /// A session of a firm: its keys are loaded, by one provider call, unless this process holds them.
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::UnknownFirm`] for a firm that was not created, unless the vault was built with
    /// [`CreateFirms::OnFirstSeal`].
    pub async fn session(&self, firm: impl Into<FirmId>) -> Result<Session, KeyError> {
        let firm = firm.into();
        let (slot, birth) = match self.0.custody.slot(&firm).await {
            Ok(slot) => (slot, None),
            Err(KeyError::UnknownFirm { .. }) if self.0.create_firms == CreateFirms::OnFirstSeal => {
                (self.0.custody.unborn_slot(&firm), Some(self.birth()))
            }
            Err(error) => return Err(error),
        };
        Ok(Session::new(CellKeys { firm, slot, global: None, nonces: self.0.nonces.clone(), birth }))
    }

    /// The session of the service itself, for models with `firm = platform`.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn platform(&self) -> Result<Session, KeyError> {
        self.session(FirmId::Platform).await
    }

    /// The right to look up in global indexes.
    ///
    /// # Errors
    /// [`KeyError`].
    ///
    /// # Security
    /// See [`GlobalIndex`].
    pub async fn global_index(&self) -> Result<GlobalIndex, KeyError> {
        self.0.custody.slot(&FirmId::Platform).await.map(GlobalIndex::new)
    }

    /// Takes a firm's keys away from every process of the [fleet](FleetSettings), from this one before it returns: open
    /// sessions fail at their next cell; a new session loads the keys again from the store, checks them anew, and with that
    /// the open ones of its process work again. Loads in flight bring nothing back.
    ///
    /// # Errors
    /// [`KeyError`] when the key store can't tell the others. This process has dropped the keys all the same.
    pub async fn revoke(&self, firm: impl Into<FirmId>) -> Result<(), KeyError> {
        let firm = firm.into();
        self.0.custody.revoke(&firm);
        self.0.fleet.revoke(&firm).await
    }

    /// Drops all keys of this process and leaves the fleet, so that nobody waits for the end of its lease. Sessions fail at
    /// their next cell; whoever asks for a new one joins again.
    ///
    /// A vault leaves by itself when its last clone and session are dropped, and waits up to a second for it. Call this
    /// where that must not hold up a thread, and for vaults in a `static`, which are never dropped.
    ///
    /// # Errors
    /// [`KeyError`] when the key store can't be told: others then wait for the lease. The keys are dropped all the same.
    pub async fn leave(&self) -> Result<(), KeyError> {
        self.0.fleet.leave().await
    }

    /// The vault for services without tokio.
    #[must_use]
    pub fn blocking(&self) -> BlockingVault {
        let (custody, births) = (self.0.births.clone(), self.0.births.clone());
        let (fleet, nonces, models) = (self.0.fleet.clone(), self.0.nonces.clone(), self.0.models.clone());
        let create_firms = self.0.create_firms;
        BlockingVault::new(Self::new(Inner { custody, births, fleet, nonces, create_firms, models }))
    }

    /// Registers models, so that [`check_schema`](Self::check_schema) and operators know of them.
    ///
    /// # Errors
    /// [`SchemaError::Conflict`] when two models describe one sealed column differently.
    pub fn register<M: Models>(&self) -> Result<(), SchemaError> {
        let mut models = self.lock_models();
        for schema in M::schemas() {
            if let Some(error) = models.values().find_map(|other| conflict(other, schema)) {
                return Err(error);
            }
            models.insert((schema.table, schema.model), schema);
        }
        Ok(())
    }

    /// The registered models, by table and name.
    #[must_use]
    pub fn models(&self) -> Vec<&'static ModelSchema> {
        self.lock_models().values().copied().collect()
    }

    pub(crate) fn custody(&self) -> &Arc<Custody> {
        &self.0.custody
    }

    pub(crate) fn fleet(&self) -> &Arc<Fleet> {
        &self.0.fleet
    }

    /// For callers that hold up their thread.
    pub(super) fn births(&self) -> Arc<Custody> {
        self.0.births.clone()
    }

    fn birth(&self) -> Birth {
        let custody = self.births();
        Arc::new(move |firm| blocking::detached(custody.create(firm)).map(|_| ()))
    }

    // The map is never left half-changed, so a panic elsewhere does not spoil it.
    fn lock_models(&self) -> MutexGuard<'_, BTreeMap<(&'static str, &'static str), &'static ModelSchema>> {
        self.0.models.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}
