//! The vault: one a process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::builder::{CreateFirms, VaultBuilder};
use super::{BlockingVault, GlobalIndex, Session, blocking};
use crate::context::FirmId;
#[allow(unused_imports, reason = "named by documentation")]
use crate::fleet::FleetSettings;
use crate::fleet::{Fleet, ModelsInUse};
use crate::keys::custody::Custody;
use crate::keys::live::LiveSlot;
use crate::keys::{BoxFuture, Creation, KeyError, KeyStats, Phase};
use crate::model::cell::Birth;
use crate::model::{CellKeys, ModelSchema};
use crate::random::Nonces;
use crate::schema::{Models, SchemaError, conflict};

/// A process's way to its firms' keys: provider, key store and cache together. Build one and clone it; clones share all.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

pub(super) struct Inner {
    pub(super) custody: Arc<Custody>,
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
        match self.warm(firm) {
            Ok(session) => Ok(session),
            Err(firm) => self.load(firm).await,
        }
    }

    /// A session of a firm whose keys are held; else the firm again. It waits for nothing.
    #[inline]
    pub(super) fn warm(&self, firm: FirmId) -> Result<Session, FirmId> {
        match self.0.custody.warm(&firm) {
            Some(slot) => Ok(self.open_session(firm, slot, None)),
            None => Err(firm),
        }
    }

    /// Boxed, so that the future of a warm session is small.
    pub(super) fn load(&self, firm: FirmId) -> BoxFuture<'_, Result<Session, KeyError>> {
        Box::pin(async move {
            let (slot, birth) = match self.0.custody.slot(&firm).await {
                Ok(slot) => (slot, None),
                Err(KeyError::UnknownFirm { .. }) if self.0.create_firms == CreateFirms::OnFirstSeal => {
                    (self.0.custody.unborn_slot(&firm), Some(self.birth()))
                }
                Err(error) => return Err(error),
            };
            Ok(self.open_session(firm, slot, birth))
        })
    }

    fn open_session(&self, firm: FirmId, slot: Arc<LiveSlot>, birth: Option<Birth>) -> Session {
        Session::new(CellKeys { firm, slot, global: None, nonces: self.0.nonces.clone(), birth })
    }

    /// What the key cache has done so far: for metrics.
    #[must_use]
    pub fn key_stats(&self) -> KeyStats {
        self.0.custody.stats()
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
        let platform = self.0.custody.slot(&FirmId::Platform).await?;
        Ok(GlobalIndex::new(platform, self.0.custody.routes().clone()))
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
        BlockingVault::new(self.clone())
    }

    /// Registers models, so that [`check_schema`](Self::check_schema) and operators know of them.
    ///
    /// Models with legacy columns have to be registered to be used. Operators rely on what processes say of them; a process
    /// that has keys already tells the key store at once, and waits for it.
    ///
    /// # Errors
    /// [`SchemaError::Conflict`] when two models describe one sealed column differently; [`SchemaError::Untold`].
    pub fn register<M: Models>(&self) -> Result<(), SchemaError> {
        self.register_schemas(&M::schemas())
    }

    /// [`register`](Self::register) of models that are known at run time.
    fn register_schemas(&self, schemas: &[&'static ModelSchema]) -> Result<(), SchemaError> {
        let in_transit = schemas.iter().find(|schema| schema.legacy_columns().next().is_some()).copied();
        self.know(schemas)?;
        let models = in_use(self.lock_models().values().copied());
        let introduced = self.0.fleet.introduce(models.to_json());
        let Some(schema) = in_transit else { return Ok(()) };
        introduced.map_err(|source| SchemaError::Untold { model: schema.model, source })?;
        self.0.fleet.phases().watch();
        Ok(())
    }

    /// Models that this process looks after and does not write by itself: others need not wait for it when one of their
    /// legacy columns is to go.
    #[cfg(feature = "cli")]
    pub(crate) fn oversee(&self, schemas: &[&'static ModelSchema]) -> Result<(), SchemaError> {
        self.know(schemas)?;
        let introduced = self.0.fleet.introduce(ModelsInUse::default().to_json());
        let Some(schema) = schemas.first() else { return Ok(()) };
        introduced.map_err(|source| SchemaError::Untold { model: schema.model, source })
    }

    fn know(&self, schemas: &[&'static ModelSchema]) -> Result<(), SchemaError> {
        let mut models = self.lock_models();
        for &schema in schemas {
            if let Some(error) = models.values().find_map(|other| conflict(other, schema)) {
                return Err(error);
            }
            models.insert((schema.table, schema.model), schema);
        }
        Ok(())
    }

    /// What processes do now with a legacy column, told by its sealed column's SQL name; `None`: no migration is known here, or
    /// none of this column, or the process's lease is over. Models in transit ask for themselves.
    #[must_use]
    pub fn phase(&self, table: &str, column: &str) -> Option<Phase> {
        self.0.fleet.phase(table, column)
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

    fn birth(&self) -> Birth {
        let custody = self.0.custody.clone();
        Arc::new(move |firm| blocking::detached(custody.create(firm)).map(|_| ()))
    }

    // The map is never left half-changed, so a panic elsewhere does not spoil it.
    fn lock_models(&self) -> MutexGuard<'_, BTreeMap<(&'static str, &'static str), &'static ModelSchema>> {
        self.0.models.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What this process tells the others of its models.
fn in_use(models: impl Iterator<Item = &'static ModelSchema>) -> ModelsInUse {
    let mut used = ModelsInUse::default();
    for schema in models {
        let legacy = used.models.entry(schema.table.to_owned()).or_default();
        legacy.extend(schema.legacy_columns().map(|column| column.column.to_owned()));
        legacy.sort();
        legacy.dedup();
    }
    used
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}
