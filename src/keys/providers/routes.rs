//! From a firm to its providers.

use std::collections::HashMap;
use std::sync::Arc;

use super::{FirmProviders, Providers};
use crate::context::FirmId;
use crate::keys::error::KeyError;
use crate::keys::provider::{KeyProvider, ProviderError, ProviderErrorKind};

/// Whose providers are whose, by configuration alone: nothing of it comes from the key store.
pub(crate) struct Routes {
    /// The platform's, and every firm's without its own.
    shared: Arc<Providers>,
    firms: HashMap<FirmId, Arc<Providers>>,
    directory: Option<Arc<dyn FirmProviders>>,
    /// Whether the store lives in memory: providers for tests work with no other.
    in_memory: bool,
}

/// Providers that can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unfit {
    NoKek { provider: String },
    TestKeys,
    Replicas { provider: String },
}

impl Routes {
    pub(crate) fn new(
        shared: Providers,
        firms: HashMap<FirmId, Arc<Providers>>,
        directory: Option<Arc<dyn FirmProviders>>,
        in_memory: bool,
    ) -> Result<Self, Unfit> {
        let routes = Self { shared: Arc::new(shared), firms, directory, in_memory };
        routes.firms.values().chain([&routes.shared]).try_for_each(|providers| routes.check(providers))?;
        Ok(routes)
    }

    /// All firms' routes to one provider, which is fit.
    #[cfg(test)]
    pub(crate) fn to(provider: Arc<dyn KeyProvider>) -> Arc<Self> {
        Arc::new(Self::new(provider.into(), HashMap::new(), None, true).unwrap())
    }

    /// The firm's providers.
    pub(crate) fn of(&self, firm: &FirmId) -> Result<Arc<Providers>, KeyError> {
        Ok(self.own(firm)?.unwrap_or_else(|| self.shared.clone()))
    }

    /// The firm's own providers, if it has some. The platform's are the vault's.
    pub(crate) fn own(&self, firm: &FirmId) -> Result<Option<Arc<Providers>>, KeyError> {
        match (&self.directory, self.firms.get(firm)) {
            (_, Some(own)) => Ok(Some(own.clone())),
            (Some(directory), None) if *firm != FirmId::Platform => self.ask(&**directory, firm),
            _ => Ok(None),
        }
    }

    /// Whether the firm's terms may lie in global indexes. One of whom that can't be known is kept out.
    pub(crate) fn may_join_global_indexes(&self, firm: &FirmId) -> bool {
        self.own(firm).is_ok_and(|own| own.is_none_or(|own| own.may_join_global_indexes()))
    }

    fn ask(&self, directory: &dyn FirmProviders, firm: &FirmId) -> Result<Option<Arc<Providers>>, KeyError> {
        let failed = |source| {
            let provider = "the firm's own".to_owned();
            KeyError::Provider { firm: firm.clone(), provider, source: Arc::new(source) }
        };
        let own = directory.of(firm).map_err(failed)?;
        if let Some(Err(unfit)) = own.as_ref().map(|own| self.check(own)) {
            return Err(failed(ProviderError::new(ProviderErrorKind::Internal, unfit.to_string())));
        }
        Ok(own)
    }

    fn check(&self, providers: &Providers) -> Result<(), Unfit> {
        let name = |provider: &Arc<dyn KeyProvider>| provider.id().to_owned();
        if let Some(provider) = providers.all().find(|provider| provider.keks().is_empty()) {
            return Err(Unfit::NoKek { provider: name(provider) });
        }
        if !self.in_memory && providers.all().any(|provider| provider.for_tests_only()) {
            return Err(Unfit::TestKeys);
        }
        let alike =
            |a: &Arc<dyn KeyProvider>, b: &Arc<dyn KeyProvider>| a.id() == b.id() && a.keks().len() == b.keks().len();
        let mut lists = providers.lists();
        let odd = lists.find_map(|list| list.iter().find(|provider| !alike(provider, list[0])).map(|odd| name(odd)));
        odd.map_or(Ok(()), |provider| Err(Unfit::Replicas { provider }))
    }
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoKek { provider } => write!(f, "provider `{provider}` has no KEK configured"),
            Self::TestKeys => {
                f.write_str("the testing provider's keys are public: it works with the in-memory key store only")
            }
            Self::Replicas { provider } => write!(
                f,
                "replica `{provider}` is not like the first of its list: the same provider id and the same number of \
                 KEKs, in the same order, are wanted"
            ),
        }
    }
}
