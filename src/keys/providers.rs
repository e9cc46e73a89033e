//! Which providers hold a firm's KEK: those of all firms, or the firm's own (spec/keys.md, KEY-5).

mod replica;
mod routes;

use std::fmt;
use std::sync::Arc;

use super::provider::{BoxFuture, EncryptionContext, KekId, KeyProvider, ProviderError, WrappedMasterKey};
use crate::random::Randomness;
use crate::secret::FirmMasterKey;
pub(crate) use replica::Replica;

pub(crate) use routes::{Routes, Unfit};

/// The providers of a vault's firms, or of a firm with a KEK of its own.
///
/// One provider is enough: whatever takes `Providers` takes a provider too. Others stand in for it while it can't be
/// reached, and a former one still unwraps while the KEK is being changed.
///
/// ```
/// # use fieldseal::testing::TestKeys as Kms;
/// # use fieldseal::keys::KeyProvider;
/// use fieldseal::keys::Providers;
///
/// # let (frankfurt, ireland, old) = (Kms::new(), Kms::new(), Kms::new());
/// # let old_kek = old.keks()[0].clone();
/// let providers = Providers::new(frankfurt).or(ireland).moving_from(old, [old_kek]);
/// ```
#[must_use]
pub struct Providers {
    /// Hold one KEK, or several in the same order.
    replicas: Vec<Replica>,
    former: Vec<Former>,
    joins_global_indexes: bool,
}

/// Providers of before, and the KEKs that they may still unwrap under.
struct Former {
    replicas: Vec<Replica>,
    keks: Vec<KekId>,
}

/// Who knows which firms have a KEK of their own, for services that add customers while they run.
///
/// Firms that [`VaultBuilder::firm_provider`](crate::VaultBuilder::firm_provider) names are not asked for.
pub trait FirmProviders: Send + Sync + 'static {
    /// The firm's own providers; `None` for a firm under the vault's. Called at every load, so it answers from memory,
    /// and with the same `Arc` each time: which replica is down is remembered in it.
    ///
    /// # Errors
    /// When it can't be known, such as before the configuration was read. It must not be guessed: a firm taken for one
    /// without a KEK of its own would be created under the vault's.
    ///
    /// # Security
    /// The answer is the root of trust of that firm's keys. Take it from configuration that whoever writes the key
    /// store can't write.
    fn of(&self, firm: &crate::FirmId) -> Result<Option<Arc<Providers>>, ProviderError>;
}

impl Providers {
    /// This provider alone.
    pub fn new(provider: impl KeyProvider) -> Self {
        Self { replicas: vec![Replica::new(provider)], former: Vec::new(), joins_global_indexes: false }
    }

    /// Another way to the same KEKs, such as the replica of a multi-Region key: asked when those before it can't be
    /// reached or throttle, and only then. One that could not be reached is not asked first for 30 seconds.
    ///
    /// Its provider id is the same, and the KEKs of its list are the same keys in the same order, under whatever names
    /// they have there.
    pub fn or(mut self, replica: impl KeyProvider) -> Self {
        self.replicas.push(Replica::new(replica));
        self
    }

    /// Providers that still unwrap what lies under these KEKs, while firms are moved from there by
    /// [`KeyAdmin::rewrap`](crate::admin::KeyAdmin::rewrap). Nothing new is wrapped under them.
    ///
    /// # Security
    /// As long as it stands here, whoever writes the key store can put a firm's record of before the move back, for
    /// processes that have not seen the later one. Take it out once the move is done.
    pub fn moving_from(mut self, former: impl Into<Self>, keks: impl IntoIterator<Item = KekId>) -> Self {
        self.former.push(Former { replicas: former.into().replicas, keks: keks.into_iter().collect() });
        self
    }

    /// Lets the terms of a firm with a KEK of its own into global indexes, whose keys are the platform's.
    ///
    /// # Security
    /// Whoever holds the platform's keys can then ask whether the firm has a given value, also after the firm has
    /// revoked its KEK.
    pub fn joins_global_indexes(mut self) -> Self {
        self.joins_global_indexes = true;
        self
    }

    pub(crate) fn may_join_global_indexes(&self) -> bool {
        self.joins_global_indexes
    }

    /// Those that may be asked to unwrap what lies under this KEK, each with the KEK's name there; none: it is foreign.
    pub(crate) fn holders(&self, provider: &str, kek: &KekId) -> Vec<Holder<'_>> {
        if let Some(position) = position(&self.replicas, provider, kek) {
            return holders(&self.replicas, position);
        }
        let of_former = |former: &'_ Former| {
            let found = position(&former.replicas, provider, kek)?;
            let listed = |kek: &KekId| position(&former.replicas, provider, kek) == Some(found);
            former.keks.iter().any(listed).then_some(found)
        };
        let former = self.former.iter().find_map(|former| Some((former, of_former(former)?)));
        former.map_or_else(Vec::new, |(former, position)| holders(&former.replicas, position))
    }

    /// Those that wrap new keys, under the first KEK of each.
    pub(crate) fn wrapping(&self) -> Vec<Holder<'_>> {
        holders(&self.replicas, 0)
    }

    /// Whether this is the KEK that new keys are wrapped under, by any of its names.
    pub(crate) fn is_current(&self, provider: &str, kek: &KekId) -> bool {
        position(&self.replicas, provider, kek) == Some(0)
    }

    /// Everyone that may be called.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<dyn KeyProvider>> {
        let former = self.former.iter().flat_map(|former| &former.replicas);
        self.replicas.iter().chain(former).map(|replica| &replica.provider)
    }

    /// Lists of replicas, each of which must be one KEK's, or several in one order.
    pub(crate) fn lists(&self) -> impl Iterator<Item = Vec<&Arc<dyn KeyProvider>>> {
        let former = self.former.iter().map(|former| &former.replicas);
        std::iter::once(&self.replicas).chain(former).map(|list| list.iter().map(|replica| &replica.provider).collect())
    }
}

/// A replica, and the name that the KEK in question has there.
#[derive(Clone, Copy)]
pub(crate) struct Holder<'a> {
    pub(crate) replica: &'a Replica,
    pub(crate) kek: &'a KekId,
}

/// The place of a KEK in the replicas' lists, whichever of them has it by this name.
fn position(replicas: &[Replica], provider: &str, kek: &KekId) -> Option<usize> {
    let of_replica = |replica: &Replica| replica.provider.keks().iter().position(|name| name == kek);
    replicas.iter().filter(|replica| replica.provider.id() == provider).find_map(of_replica)
}

fn holders(replicas: &[Replica], position: usize) -> Vec<Holder<'_>> {
    let holder = |replica| Some(Holder { replica, kek: Replica::keks(replica).get(position)? });
    replicas.iter().filter_map(holder).collect()
}

impl<P: KeyProvider> From<P> for Providers {
    fn from(provider: P) -> Self {
        Self::new(provider)
    }
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |replica: &Replica| (replica.provider.id().to_owned(), replica.keks().to_vec());
        let former: Vec<_> = self.former.iter().map(|former| &former.keks).collect();
        f.debug_struct("Providers")
            .field("replicas", &self.replicas.iter().map(name).collect::<Vec<_>>())
            .field("former", &former)
            .finish_non_exhaustive()
    }
}

/// A provider that several hold, such as vaults and directories of firms.
impl KeyProvider for Arc<dyn KeyProvider> {
    fn id(&self) -> &str {
        (**self).id()
    }

    fn keks(&self) -> &[KekId] {
        (**self).keks()
    }

    fn generate<'a>(
        &'a self,
        context: &'a EncryptionContext,
        random: &'a dyn Randomness,
    ) -> BoxFuture<'a, Result<(FirmMasterKey, WrappedMasterKey), ProviderError>> {
        (**self).generate(context, random)
    }

    fn wrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        key: &'a FirmMasterKey,
    ) -> BoxFuture<'a, Result<WrappedMasterKey, ProviderError>> {
        (**self).wrap(context, key)
    }

    fn unwrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        wrapped: &'a WrappedMasterKey,
    ) -> BoxFuture<'a, Result<FirmMasterKey, ProviderError>> {
        (**self).unwrap(context, wrapped)
    }

    fn for_tests_only(&self) -> bool {
        (**self).for_tests_only()
    }
}
